"""SharedEncoder: the same weights in the same places under every executor, handed down to what is frozen."""

import pytest
import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.supernet.mixture import MixtureEncoder
from nni_autoattend.supernet.mixture_proxyless import ProxylessEncoder
from nni_autoattend.supernet.path_sampling import PathSamplingEncoder


@pytest.mark.parametrize("encoder", [PathSamplingEncoder, MixtureEncoder, ProxylessEncoder])
def test_every_executor_runs_given_paths_as_the_networks_that_they_freeze_to(encoder, toy, rng):
    made = toy.make(encoder, "full", toy.random_alphas(toy.genes))
    layout = TokenLayout.of(toy.lengths)
    states = torch.randn(2, layout.tokens, 8).double()
    paths = [toy.genes.random(rng) for _ in range(2)]
    with torch.no_grad():
        together = made.run(paths, states, layout)
        for path, own, result in zip(paths, states, together, strict=True):
            frozen = made.freeze(toy.genes.to_sample(path)).double()
            torch.testing.assert_close(frozen(own.unsqueeze(0), layout)[0], result)


def test_every_executor_has_the_same_weights_under_the_same_names(toy):
    encoders = [toy.make(one, "full", toy.random_alphas(toy.genes)) for one in (PathSamplingEncoder, MixtureEncoder)]
    names = [list(one.weights.state_dict()) for one in encoders]
    assert names[0] == names[1]
    encoders[1].weights.load_state_dict(encoders[0].weights.state_dict())
