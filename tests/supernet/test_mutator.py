"""The mutation hooks: every family of NNI's one-shot strategies finds its supernet."""

import pytest
import torch
from nni.nas.strategy import DARTS, ENAS, GumbelDARTS, Proxyless, RandomOneShot
from torch import nn

from nni_autoattend.datasets.batches import collate
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.recipes import load_space
from nni_autoattend.space.text import TextSpace
from nni_autoattend.supernet.mixture import MixtureEncoder
from nni_autoattend.supernet.mixture_proxyless import ProxylessEncoder
from nni_autoattend.supernet.nni_bases import GumbelSoftmax
from nni_autoattend.supernet.path_sampling import PathSamplingEncoder
from nni_autoattend.testing.supernets import check_supernet

TINY = {"genes.layers": 2, "search.width": 8, "search.heads": 2}
SUPERNETS = {
    RandomOneShot: PathSamplingEncoder,
    ENAS: PathSamplingEncoder,
    DARTS: MixtureEncoder,
    GumbelDARTS: MixtureEncoder,
    Proxyless: ProxylessEncoder,
}


def space() -> TextSpace:
    return TextSpace.from_recipe(load_space("autoattend-text", TINY), TextDimensions(20, 6, 3))


@pytest.mark.parametrize("strategy", SUPERNETS)
def test_strategies_of_nni_build_their_supernets_through_the_spaces_own_hooks(strategy):
    supernet = strategy().mutate_model(space())
    assert type(supernet.encoder) is SUPERNETS[strategy]
    assert supernet.simplify().keys() == supernet.genes.labels().keys()  # still a space, for a search on top of it
    assert supernet.contains(supernet.encoder.export({}))


@pytest.mark.parametrize(("strategy", "softmax"), [(DARTS, nn.Softmax), (GumbelDARTS, GumbelSoftmax)])
def test_the_strategys_alphas_and_softmax_arrive(strategy, softmax):
    made = strategy()
    encoder = made.mutate_model(space()).encoder
    alphas = list(encoder.arch_parameters())
    assert [id(alpha) for alpha in alphas] == [id(made._arch_parameters[name]) for name in encoder.genes.labels()]
    assert type(encoder.alphas.softmax) is softmax
    named = {name for name, weight in encoder.named_parameters() if any(weight is alpha for alpha in alphas)}
    assert len(named) == len(alphas)


@pytest.mark.parametrize("strategy", [RandomOneShot, Proxyless])
def test_a_path_of_a_supernet_is_the_network_that_it_freezes_to(strategy):
    texts = collate([[torch.tensor([2, 3, 4, 5, 6])], [torch.tensor([7, 8])], [torch.tensor([9])]])
    check_supernet(space, (texts,), strategy=strategy)


def test_differentiable_supernets_score_single_paths_for_a_second_stage():
    supernet = DARTS().mutate_model(space()).eval()
    texts = collate([[torch.tensor([2, 3, 4])], [torch.tensor([7, 8])]])
    sample = supernet.encoder.export({})
    with torch.no_grad():
        (path,) = supernet.forward_paths(texts, [sample])
        torch.testing.assert_close(path, supernet.freeze(sample).eval()(texts))
        assert not torch.allclose(path, supernet(texts))  # the mixture
