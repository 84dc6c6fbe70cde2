"""check_supernet: paths against frozen networks, exports against the space."""

from importlib import import_module

import pytest
from nni.mutable import Categorical
from nni.nas.nn.pytorch import ModelSpace
from torch import nn

from nni_autoattend.strategy.enas import ENAS
from nni_autoattend.testing.supernets import check_supernet
from nni_autoattend.testing.toy_space import ToySpace, toy_inputs


class NoSupernet(ModelSpace):
    def __init__(self):
        super().__init__()
        self.width = self.add_mutable(Categorical([1, 2], label="width"))

    def freeze(self, sample):
        return nn.Linear(2, sample["width"])


def test_a_space_without_a_supernet_is_told_what_to_define():
    with pytest.raises(AssertionError, match="found nothing to turn into a supernet: define extra_oneshot_hooks"):
        check_supernet(NoSupernet)


# After nni_bases: imported before NNI's strategies, it would break them (see there).
PathSamplingLayer = import_module("nni.nas.oneshot.pytorch.supermodule.sampling").PathSamplingLayer


class Unheard(PathSamplingLayer):
    def export(self, memo):
        return dict.fromkeys(super().export(memo), "unheard of")


class ExportsNonsense(ToySpace):
    def extra_oneshot_hooks(self, strategy):
        return [Unheard.mutate]


def test_exports_that_are_no_samples_are_told():
    with pytest.raises(AssertionError, match="the supernet exports what is no sample of the space"):
        check_supernet(ExportsNonsense)


def test_other_strategies_of_one_path_make_the_supernet_too():
    check_supernet(ToySpace, toy_inputs(), strategy=ENAS)
