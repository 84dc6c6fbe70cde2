"""DifferentiableEncoder: what NNI's differentiable strategies ask of any supernet with alphas."""

import pytest
import torch
from torch import nn

from nni_autoattend.supernet.mixture_base import DifferentiableEncoder


class Doubling(nn.Module):
    def forward(self, alpha):
        return 2 * alpha


def test_the_hook_replaces_the_searched_encoder_and_nothing_else(toy):
    alphas = toy.random_alphas(toy.genes)
    encoder = toy.make(DifferentiableEncoder, "full", alphas)
    assert type(encoder) is DifferentiableEncoder and encoder.genes == toy.genes
    assert DifferentiableEncoder.mutate(nn.Linear(2, 2), "head", dict(alphas), {}) is None


def test_the_alphas_are_those_of_the_memo_by_label(toy):
    alphas = toy.random_alphas(toy.genes)
    strangers = {"another module": nn.Parameter(torch.zeros(3))}
    encoder = toy.make(DifferentiableEncoder, "none", {**strangers, **dict(reversed(alphas.items()))})
    assert [id(alpha) for alpha in encoder.arch_parameters()] == [id(alphas[label]) for label in toy.genes.labels()]
    del alphas["layer02_kind"]
    with pytest.raises(KeyError, match="layer02_kind has no architecture parameters"):
        toy.make(DifferentiableEncoder, "none", alphas)


def test_the_strategy_chooses_the_softmax(toy):
    alphas = toy.random_alphas(toy.genes)
    plain = toy.make(DifferentiableEncoder, "none", alphas).alphas.weights()
    doubled = toy.make(DifferentiableEncoder, "none", alphas, softmax=Doubling()).alphas.weights()
    for label, alpha in alphas.items():
        torch.testing.assert_close(plain[label], alpha.softmax(0))
        torch.testing.assert_close(doubled[label], 2 * alpha)


def test_exports_are_of_labels_that_nobody_has_decided(toy):
    sample = toy.genes.to_sample(toy.genes.from_sample({name: own[-1] for name, own in toy.genes.labels().items()}))
    encoder = toy.make(DifferentiableEncoder, "none", toy.certain_alphas(toy.genes, sample))
    assert encoder.export({}) == sample
    known = {"layer01_kind": "addition", "layer03_source": 0}
    assert encoder.export(known) == {label: value for label, value in sample.items() if label not in known}
    chances = encoder.export_probs(known)
    assert chances.keys() == sample.keys() - known.keys()
    assert all(own[sample[label]] == 1.0 and sum(own.values()) == 1.0 for label, own in chances.items())
