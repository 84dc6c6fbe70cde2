"""Neighbours of packed tokens against torch's own layers on each row alone."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.neighbours import convolve3, from_after, from_before, maximum3


def over_lengths(test):
    test = given(lengths=st.lists(st.integers(1, 14), min_size=1, max_size=12))(test)
    for fixed in ([1], [1, 1, 1], [5, 5, 5], [2, 14, 1, 1, 2]):
        test = example(lengths=fixed)(test)
    return settings(max_examples=25, deadline=None)(test)


def random_states(layout, width=3, groups=2):
    generator = torch.Generator().manual_seed(layout.tokens)
    return torch.randn(groups, layout.tokens, width, dtype=torch.float64, generator=generator)


def rows_of(states, layout):
    """(G, T, C) -> (G, C, length) of each row of the batch, as torch's layers take them."""
    longest = len(layout.counts)
    for row in range(layout.rows):
        places = layout.places // longest == row
        yield states[:, places][:, layout.places[places].argsort()].transpose(1, 2)


@over_lengths
def test_the_token_before_and_the_one_after(lengths):
    layout = TokenLayout.of(lengths)
    states = random_states(layout)
    before, after = from_before(states, layout, beyond=7.0), from_after(states, layout, beyond=-7.0)
    for here, ahead, behind in zip(*(rows_of(each, layout) for each in (states, before, after)), strict=True):
        assert torch.equal(ahead, F.pad(here, (1, 0), value=7.0)[..., :-1])
        assert torch.equal(behind, F.pad(here, (0, 1), value=-7.0)[..., 1:])


@over_lengths
def test_the_two_shifts_are_each_others_adjoint(lengths):
    layout = TokenLayout.of(lengths)
    one, two = random_states(layout), random_states(layout).flip(1)
    torch.testing.assert_close((from_before(one, layout) * two).sum(), (one * from_after(two, layout)).sum())


@over_lengths
def test_convolve3_equals_torchs_convolution_of_each_row(lengths):
    layout, (weight, bias) = TokenLayout.of(lengths), random_weights()
    states = random_states(layout)
    matrices = weight.permute(0, 3, 2, 1).flatten(1, 2)
    mixed = convolve3(states, matrices, bias.unsqueeze(1), layout)
    for row, found in zip(rows_of(states, layout), rows_of(mixed, layout), strict=True):
        for group in range(2):
            torch.testing.assert_close(found[group], F.conv1d(row[group], weight[group], bias[group], padding=1))


def random_weights():
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(2, 4, 3, 3, dtype=torch.float64, generator=generator)  # (G, O, C, kernel)
    return weight, torch.randn(2, 4, dtype=torch.float64, generator=generator)


@over_lengths
def test_maximum3_equals_torchs_pooling_of_each_row(lengths):
    layout = TokenLayout.of(lengths)
    states = random_states(layout)
    for row, found in zip(rows_of(states, layout), rows_of(maximum3(states, layout), layout), strict=True):
        assert torch.equal(found, F.max_pool1d(row, 3, stride=1, padding=1))


@pytest.mark.parametrize("lengths", [[1], [1, 1], [3, 3], [4, 1, 2]], ids=str)
def test_gradients_are_the_derivatives(lengths):
    layout, (weight, bias) = TokenLayout.of(lengths), random_weights()
    states = random_states(layout).requires_grad_()
    matrices = weight.permute(0, 3, 2, 1).flatten(1, 2).requires_grad_()
    biases = bias.unsqueeze(1).requires_grad_()
    assert torch.autograd.gradcheck(lambda *given: convolve3(*given, layout), (states, matrices, biases))
    assert torch.autograd.gradcheck(lambda given: maximum3(given, layout), (states,))


def test_equal_neighbours_share_one_gradient_between_them():
    """A word said twice: which of the two gets the gradient is free, that it arrives once is not."""
    layout = TokenLayout.of([4, 3])
    states = torch.ones(1, 7, 2, requires_grad=True)
    weighting = torch.rand(1, 7, 2)
    (maximum3(states, layout) * weighting).sum().backward()
    for sent, arrived in zip(rows_of(weighting, layout), rows_of(states.grad, layout), strict=True):
        torch.testing.assert_close(arrived.sum(dim=2), sent.sum(dim=2))


def test_values_below_zero_are_maxima_too():
    layout = TokenLayout.of([1, 3])
    states = torch.full((1, 4, 2), -1e20)
    assert torch.equal(maximum3(states, layout), states)


def test_only_the_input_is_kept_for_the_backward_pass():
    layout, (weight, bias) = TokenLayout.of([5, 3]), random_weights()
    states, kept = random_states(layout).requires_grad_(), []
    matrices = weight.permute(0, 3, 2, 1).flatten(1, 2)
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor):
        maximum3(states, layout)
        convolve3(states, matrices, bias.unsqueeze(1), layout)
    assert {tensor.data_ptr() for tensor in kept} == {states.data_ptr(), matrices.data_ptr()}
