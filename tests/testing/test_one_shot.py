"""Checks of one-shot strategies, by what they export."""

from random import Random

import pytest

from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.supernet.nni_bases import RandomOneShot
from nni_autoattend.testing.one_shot import check_same_search, check_search


class ExportsNonsense(RandomOneShot):
    def list_models(self, sort=True, limit=1):
        for model in super().list_models(sort, limit):
            model.sample = {**model.sample, "first": "unknown"}
            yield model


class ExportsByChance(RandomOneShot):
    def list_models(self, sort=True, limit=1):
        sample = SampleSpace(self.model_space).random(Random())
        yield self.model_space.freeze(sample)


def test_one_shot_strategies_are_checked_by_what_they_export():
    with pytest.raises(AssertionError, match="exports what is no sample of the space"):
        check_search(lambda seed: ExportsNonsense())
    with pytest.raises(AssertionError, match="two searches with one seed export other values"):
        for _ in range(10):  # one pair in 48 is equal by chance
            check_same_search(lambda seed: ExportsByChance())
