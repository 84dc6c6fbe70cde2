"""ProxylessEncoder: the sampled path forwards, the mixture's own gradient at the drawn gates for the alphas."""

import gc
import weakref
from random import Random

import pytest
import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Genes
from nni_autoattend.supernet import mixture_edges
from nni_autoattend.supernet.mixture import MixtureEncoder
from nni_autoattend.supernet.mixture_proxyless import ProxylessEncoder


def sampled(toy, mode, sample, genes=None, seed=0):
    genes = genes or toy.genes
    alphas = toy.random_alphas(genes, seed)
    encoder = toy.make(ProxylessEncoder, mode, alphas, genes)
    assert encoder.resample(sample) == sample
    return encoder, list(alphas.values())


def draw(toy, seed, genes=None):
    """A value for every label, the inactive ones too."""
    rng = Random(seed)
    return {name: rng.choice(values) for name, values in (genes or toy.genes).labels().items()}


def at_the_gates(toy, mode, sample, genes=None):
    """Output and gradients of the mixture with one-hot weights, chained with the softmax's Jacobian by hand."""
    genes = genes or toy.genes
    alphas = toy.random_alphas(genes)
    gates = {
        name: torch.tensor([float(value == sample[name]) for value in values], dtype=torch.float64, requires_grad=True)
        for name, values in genes.labels().items()
    }
    mixture = toy.make(MixtureEncoder, mode, alphas, genes)
    mixture.forward = lambda states, layout, noise: mixture.mix(gates, states, layout, noise)
    results = toy.run(mixture, list(gates.values()))
    for place, (alpha, by_gate) in enumerate(zip(alphas.values(), results[-len(gates) :], strict=True), -len(gates)):
        chances = alpha.detach().softmax(0)
        jacobian = torch.diag(chances) - torch.outer(chances, chances)  # p_j (delta_ij - p_i)
        results[place] = jacobian @ by_gate
    return results


@pytest.mark.parametrize("mode", ["full", "target", "source", "none", "affine"])
def test_outputs_are_the_paths_and_gradients_the_mixtures_at_the_gates(mode, toy):
    for seed in range(3):
        sample = draw(toy, seed)
        encoder, alphas = sampled(toy, mode, sample)
        found = toy.run(encoder, alphas)
        toy.equal(found, at_the_gates(toy, mode, sample))
        plain = toy.run(toy.sampled_path(mode, sample), [])
        toy.equal(found[: len(plain)], plain)
        assert all(bool(gradient.any()) for gradient in found[-len(alphas) :][:1])


@pytest.mark.parametrize("kinds", [("addition",), ("attention",)])
@pytest.mark.parametrize("tokens", [1, 40])
def test_spaces_of_one_kind_and_small_parts(kinds, tokens, toy, monkeypatch):
    monkeypatch.setitem(mixture_edges._TOKENS_AT_ONCE, "cpu", tokens)
    genes = Genes(3, kinds, toy.genes.operations)
    for seed in range(3):
        sample = draw(toy, seed, genes)
        encoder, alphas = sampled(toy, "full", sample, genes)
        toy.equal(toy.run(encoder, alphas), at_the_gates(toy, "full", sample, genes))


def test_choices_that_a_path_does_not_use_rest(toy):
    sample = draw(toy, 0) | {"layer02_kind": "addition", "layer02_right_op": "zero"}
    encoder, alphas = sampled(toy, "full", sample)
    gradients = dict(zip(toy.genes.labels(), toy.run(encoder, alphas)[-len(alphas) :], strict=True))
    rest = ("layer01_source", "layer02_source", "layer02_query_op", "layer02_key_op", "layer02_value_op")
    assert not any(bool(gradients[name].any()) for name in rest)
    assert all(bool(gradients[name].any()) for name in ("layer02_kind", "layer02_left_op", "layer02_right_op"))


def test_the_estimate_is_unbiased_where_the_loss_is_linear(toy):
    """A mixture of one addition is linear in its gates: over all paths the estimates average to DARTS's gradient."""
    genes = Genes(1, ("addition",), ("zero", "identity", "conv1"))
    alphas = toy.random_alphas(genes)
    exact = toy.run(toy.make(MixtureEncoder, "full", alphas, genes), list(alphas.values()))[-len(alphas) :]
    mean = [torch.zeros_like(gradient) for gradient in exact]
    for left in ("identity", "conv1"):
        for right in genes.operations:
            sample = {
                "layer01_kind": "addition",
                "layer01_source": 0,
                "layer01_left_op": left,
                "layer01_right_op": right,
            }
            encoder, _ = sampled(toy, "full", sample, genes)
            chances = encoder.export_probs({})
            chance = chances["layer01_left_op"][left] * chances["layer01_right_op"][right]
            own = toy.run(encoder, list(encoder.arch_parameters()))[-len(alphas) :]
            for total, gradient in zip(mean, own, strict=True):
                total += chance * gradient
    toy.equal(mean, exact)


def test_frozen_alphas_ask_for_nothing_else_than_the_path(toy, monkeypatch):
    encoder, alphas = sampled(toy, "full", draw(toy, 1))
    counted = []
    operate = mixture_edges.EdgeMixer.operate
    monkeypatch.setattr(
        mixture_edges.EdgeMixer, "operate", lambda self, *arguments: counted.append(1) or operate(self, *arguments)
    )
    layout = TokenLayout.of(toy.lengths)
    output = encoder(torch.randn(1, layout.tokens, 8).double(), layout)
    ran = len(counted)
    for alpha in alphas:  # after the forward pass: as the weights' step of DARTS has it
        alpha.requires_grad_(False)
    output.sum().backward()
    assert len(counted) == ran and all(alpha.grad is None for alpha in alphas)
    encoder(torch.randn(1, layout.tokens, 8).double(), layout).sum().backward()
    assert len(counted) == ran  # now it is a plain path


def test_dropout_is_drawn_and_repeats_with_the_seed(toy):
    encoder, alphas = sampled(toy, "full", draw(toy, 2))
    first, again, other = (toy.run(encoder, alphas, seed) for seed in (1, 1, 2))
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_nothing_is_left_of_a_step(toy):
    encoder, _ = sampled(toy, "none", draw(toy, 3))
    layout = TokenLayout.of(toy.lengths)
    gc.collect()
    gc.disable()
    try:
        for backward in (True, False):
            states = torch.randn(1, layout.tokens, 8, dtype=torch.float64, requires_grad=True)
            output = encoder(states, layout)
            if backward:
                output.sum().backward()
            left = weakref.ref(states)
            del states, output
            assert left() is None  # no cycle through the graph, which no collector would find
    finally:
        gc.enable()


def test_paths_are_drawn_by_the_alphas_and_the_memo(toy):
    alphas = toy.random_alphas(toy.genes)
    with torch.no_grad():
        alphas["layer03_kind"].copy_(torch.tensor([0.0, 50.0]))
        alphas["layer03_source"].zero_()
    encoder = toy.make(ProxylessEncoder, "none", alphas)
    torch.manual_seed(0)
    drawn = [encoder.resample({"layer01_kind": "addition"}) for _ in range(40)]
    assert {sample["layer01_kind"] for sample in drawn} == {"addition"}
    assert {sample["layer03_kind"] for sample in drawn} == {"attention"}
    assert {sample["layer03_source"] for sample in drawn} == {0, 1, 2}
    torch.manual_seed(0)
    assert drawn[:5] == [encoder.resample({"layer01_kind": "addition"}) for _ in range(5)]
    assert encoder.export({})["layer03_kind"] == "attention" and encoder.export({}) == encoder.export({})


def test_without_a_path_nothing_runs(toy):
    encoder = toy.make(ProxylessEncoder, "none", toy.random_alphas(toy.genes))
    layout = TokenLayout.of(toy.lengths)
    with pytest.raises(RuntimeError, match="resample"):
        encoder(torch.zeros(1, layout.tokens, 8).double(), layout)
