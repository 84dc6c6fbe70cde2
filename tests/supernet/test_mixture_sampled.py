"""SampledPath: a plain path forwards; backwards its gates ask for what else might have run, when somebody learns."""

from random import Random

import pytest
import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.genes import Genes
from nni_autoattend.ops.noise import Noise
from nni_autoattend.supernet.mixture_alternatives import Alternatives
from nni_autoattend.supernet.mixture_edges import EdgeMixer
from nni_autoattend.supernet.mixture_proxyless import ProxylessEncoder
from nni_autoattend.supernet.mixture_sampled import SampledPath


class Runner:
    """Runs sampled paths on one supernet; ``chances`` are leaves, so that their gradients are those of the gates."""

    def __init__(self, toy, genes=None):
        self.genes = genes or toy.genes
        self.alphas = toy.random_alphas(self.genes)
        self.encoder = toy.make(ProxylessEncoder, "full", self.alphas, self.genes)
        self.layout = TokenLayout.of(toy.lengths)
        self.chances = {name: alpha.detach().softmax(0).requires_grad_() for name, alpha in self.alphas.items()}
        torch.manual_seed(2)
        self.states = torch.randn(self.layout.tokens, 8).double()

    def run(self, sample, learns=True, seed=None):
        noise = None if seed is None else Noise(torch.float64)
        mixer = EdgeMixer(
            self.genes.state_operations, self.encoder.weights, self.layout, recompute=False, training=noise is not None
        )
        if seed is not None:
            torch.manual_seed(seed)
        return SampledPath(self.genes, sample, self.chances, mixer, noise, lambda: learns).run(self.states)

    def plain(self, sample):
        return self.encoder.run([self.genes.from_sample(sample)], self.states.unsqueeze(0), self.layout)[0]

    def gate_gradients(self, output, weighting):
        found = torch.autograd.grad(
            (output * weighting).sum(), list(self.chances.values()), materialize_grads=True, allow_unused=True
        )
        return dict(zip(self.chances, found, strict=True))


def draw(genes, seed):
    rng = Random(seed)
    return {name: rng.choice(values) for name, values in genes.labels().items()}


@pytest.mark.parametrize("seed", range(4))
def test_forwards_it_is_the_plain_path(seed, toy):
    runner = Runner(toy)
    sample = draw(runner.genes, seed)
    torch.testing.assert_close(runner.run(sample), runner.plain(sample))


def test_the_gate_of_the_last_kind_learns_both_kinds(toy):
    runner = Runner(toy)
    sample = draw(runner.genes, 0)
    output, weighting = runner.run(sample), torch.randn_like(runner.states)
    found = runner.gate_gradients(output, weighting)["layer03_kind"]
    outputs = [runner.plain({**sample, "layer03_kind": kind}) for kind in runner.genes.kinds]
    torch.testing.assert_close(found, torch.stack([(each * weighting).sum() for each in outputs]).detach())


def test_an_addition_of_plain_states_by_hand(toy):
    """Weightless operands: the gates of both sides are scalar products with what arrives at the sum."""
    genes = Genes(1, ("addition",), ("zero", "identity"))
    runner = Runner(toy, genes)
    sample = {name: values[0] for name, values in genes.labels().items()} | {"layer01_right_op": "zero"}
    total = runner.states.clone().requires_grad_()
    mixer = EdgeMixer(("identity",), runner.encoder.weights, runner.layout, recompute=False, training=False)
    weighting = torch.randn_like(total)
    (arrives,) = torch.autograd.grad(
        (mixer.aggregate(1, "addition", [total.unsqueeze(0)], None)[0] * weighting).sum(), total
    )
    product = (runner.states * arrives).sum()
    found = runner.gate_gradients(runner.run(sample), weighting)
    torch.testing.assert_close(found["layer01_left_op"], product.reshape(1))
    torch.testing.assert_close(found["layer01_right_op"], torch.stack([torch.zeros_like(product), product]))


def test_nothing_else_runs_when_nobody_learns(toy, monkeypatch):
    runner = Runner(toy)
    sample, asked = draw(runner.genes, 1), []
    for name in ("of_operands", "of_sources", "of_last"):
        known = getattr(Alternatives, name)
        monkeypatch.setattr(Alternatives, name, lambda self, *of, known=known: asked.append(1) or known(self, *of))
    weighting = torch.randn_like(runner.states)
    idle = runner.gate_gradients(runner.run(sample, learns=False), weighting)
    assert asked == [] and not any(bool(own.any()) for own in idle.values())
    assert any(bool(own.any()) for own in runner.gate_gradients(runner.run(sample), weighting).values())
    assert asked


def test_weights_learn_as_on_the_plain_path(toy):
    runner = Runner(toy)
    sample, weighting = draw(runner.genes, 2), torch.randn_like(runner.states)
    gradients = []
    for output in (runner.run(sample), runner.plain(sample)):
        (output * weighting).sum().backward()
        gradients.append([own.grad for own in runner.encoder.weights.parameters()])
        runner.encoder.weights.zero_grad()
    used = 0
    for one, other in zip(*gradients, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other)
            used += 1
    assert used


def test_dropout_is_drawn_and_repeats(toy):
    runner = Runner(toy)
    sample = draw(runner.genes, 3)
    first, again, other = (runner.run(sample, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
