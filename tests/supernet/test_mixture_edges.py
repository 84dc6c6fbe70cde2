"""EdgeMixer: parts and recomputation change what is kept, and nothing else."""

import pytest
import torch
from torch import Tensor

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Genes
from nni_autoattend.supernet import mixture_edges
from nni_autoattend.supernet.mixture import MixtureEncoder
from nni_autoattend.supernet.mixture_edges import EdgeMixer


def test_parts_are_bounded_by_their_tokens(toy, monkeypatch):
    monkeypatch.setitem(mixture_edges._TOKENS_AT_ONCE, "cpu", 100)
    mixer = EdgeMixer(("identity",), None, TokenLayout.of([10, 10]), recompute=False, training=False)
    cpu = torch.device("cpu")
    assert list(mixer.parts(7, 1, cpu)) == [slice(0, 5), slice(5, 7)]
    assert list(mixer.parts(4, 2, cpu)) == [slice(0, 2), slice(2, 4)]
    assert list(mixer.parts(2, 60, cpu)) == [slice(0, 1), slice(1, 2)]  # at least one at a time


@pytest.mark.parametrize("tokens", [1, 40, 10**6])
@pytest.mark.parametrize("seed", [None, 5])
def test_recomputing_and_parts_change_nothing(tokens, seed, toy, monkeypatch):
    alphas = toy.random_alphas(toy.genes)
    monkeypatch.setitem(mixture_edges._TOKENS_AT_ONCE, "cpu", tokens)
    results = []
    for recompute in (False, True):
        encoder = toy.make(MixtureEncoder, "full", alphas)
        encoder.recompute = recompute
        results.append(toy.run(encoder, list(alphas.values()), seed))
    toy.equal(*results)
    if seed is not None:
        assert not torch.equal(results[0][0], toy.run(encoder, [], seed + 1)[0])


def test_dropout_acts_within_what_is_recomputed(toy):
    """A space of attention alone has no other dropout than that of its edges and its attention."""
    genes = Genes(1, ("attention",), toy.genes.operations)
    encoder = toy.make(MixtureEncoder, "full", toy.random_alphas(genes), genes)
    encoder.recompute = True
    outputs = [toy.run(encoder, [], seed)[0] for seed in (None, 1, 1, 2)]
    assert torch.equal(outputs[1], outputs[2])
    assert not torch.allclose(outputs[0], outputs[1]) and not torch.allclose(outputs[1], outputs[3])


def test_recomputing_keeps_less(toy, monkeypatch):
    monkeypatch.setitem(mixture_edges._TOKENS_AT_ONCE, "cpu", 40)
    kept = []
    for recompute in (False, True):
        encoder = toy.make(MixtureEncoder, "full", toy.random_alphas(toy.genes))
        encoder.recompute = recompute
        saved: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda tensor, to=saved: _count(tensor, to), lambda tensor: tensor
        ):
            layout = TokenLayout.of(toy.lengths)
            encoder(torch.randn(1, layout.tokens, 8).double(), layout)
        kept.append(sum(saved))
    assert kept[1] < kept[0] / 10


def _count(tensor: Tensor, into: list[int]) -> Tensor:
    into.append(tensor.numel())
    return tensor
