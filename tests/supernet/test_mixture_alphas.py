"""Alphas: NNI's own parameters by label; what is read from them."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nni_autoattend.supernet.mixture_alphas import Alphas
from nni_autoattend.supernet.nni_bases import GumbelSoftmax

LABELS = {"second": ("a", "b", "c"), "first": (0, 1)}
FINITE = st.floats(-20, 20, allow_nan=False)


def make(second=(0.0, 0.0, 0.0), first=(0.0, 0.0), softmax=None):
    memo = {"first": nn.Parameter(torch.tensor(first)), "second": nn.Parameter(torch.tensor(second)), "other": 1}
    return Alphas(LABELS, memo, softmax or nn.Softmax(-1)), memo


@settings(deadline=None)
@given(st.lists(FINITE, min_size=3, max_size=3), st.lists(FINITE, min_size=2, max_size=2), st.booleans())
def test_probabilities_are_the_softmax_and_the_best_is_the_most_probable(second, first, gumbel):
    alphas, memo = make(tuple(second), tuple(first), GumbelSoftmax() if gumbel else None)
    chances, best = alphas.probabilities(), alphas.best()
    for label, values in LABELS.items():
        own = torch.tensor([chances[label][value] for value in values])
        torch.testing.assert_close(own, memo[label].detach().softmax(0))
        assert sum(chances[label].values()) == pytest.approx(1)
        assert chances[label][best[label]] == max(chances[label].values())


def test_the_vectors_are_nnis_own_in_the_order_of_the_labels():
    alphas, memo = make()
    assert [id(alpha) for alpha in alphas] == [id(memo["second"]), id(memo["first"])]
    assert [id(alpha) for alpha in alphas.parameters()] == [id(alpha) for alpha in alphas]
    assert list(alphas.weights()) == list(alphas.best()) == list(LABELS)


def test_weights_are_those_of_the_softmax_that_was_given():
    alphas, _ = make(first=(1.0, -1.0), softmax=GumbelSoftmax())
    alphas.softmax.tau = 0.01
    torch.manual_seed(0)
    drawn = [alphas.weights()["first"] for _ in range(200)]
    assert all(float(weights.detach().sum()) == pytest.approx(1) for weights in drawn)
    share = sum(int(weights.argmax() == 0) for weights in drawn) / 200
    assert share == pytest.approx(alphas.probabilities()["first"][0], abs=0.08)  # 0.88


def test_draws_follow_the_probabilities_and_the_memo():
    alphas, _ = make(second=(0.0, -100.0, 0.7))
    torch.manual_seed(0)
    drawn = [alphas.draw({"first": 1, "of another module": 5}) for _ in range(300)]
    assert all(sample.keys() == LABELS.keys() and sample["first"] == 1 for sample in drawn)
    share = sum(sample["second"] == "c" for sample in drawn) / 300
    assert share == pytest.approx(alphas.probabilities()["second"]["c"], abs=0.08)  # 0.67
    assert not any(sample["second"] == "b" for sample in drawn)


def test_it_learns_while_any_vector_does():
    alphas, memo = make()
    assert alphas.learns
    for vector in (memo["first"], memo["second"]):
        vector.requires_grad_(False)
    assert not alphas.learns


def test_a_memo_that_does_not_fit_is_told():
    with pytest.raises(KeyError, match="second has no architecture parameters"):
        Alphas(LABELS, {"first": nn.Parameter(torch.zeros(2))}, nn.Softmax(-1))
    with pytest.raises(ValueError, match="second has 3 values, its alpha 2"):
        Alphas(LABELS, dict.fromkeys(LABELS, nn.Parameter(torch.zeros(2))), nn.Softmax(-1))
