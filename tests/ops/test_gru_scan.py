"""``scan`` equals nn.GRU on packed sequences, its plain reference, in outputs and all gradients."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.gru_scan import scan


def scan_of(grus, states, layout):
    """Run ``scan`` as nn.GRU counts: gates' biases with the projection, b_hn in the reset gate."""
    width = states.shape[-1]
    projected = []
    for gru, own in zip(grus, states, strict=True):
        bias = gru.bias_ih_l0 + torch.cat((gru.bias_hh_l0[: 2 * width], gru.bias_hh_l0.new_zeros(width)))
        projected.append(own @ gru.weight_ih_l0.T + bias)
    hidden = torch.stack([gru.weight_hh_l0 for gru in grus])
    b_new = torch.stack([gru.bias_hh_l0[2 * width :] for gru in grus]).unsqueeze(1)
    return scan(torch.stack(projected), hidden, b_new, layout)


def torch_of(grus, states, lengths):
    """Run torch's GRUs on the padded rows; return the real tokens, packed."""
    layout, longest = TokenLayout.of(lengths), max(lengths)
    outputs = []
    for gru, own in zip(grus, states, strict=True):
        padded = own.new_zeros(len(lengths) * longest, own.shape[-1]).index_copy(0, layout.places, own)
        rows = padded.view(len(lengths), longest, -1)
        packed = pack_padded_sequence(rows, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        outputs.append(pad_packed_sequence(gru(packed)[0], batch_first=True)[0].flatten(0, 1)[layout.places])
    return torch.stack(outputs)


def case(lengths, groups, width, dtype=torch.float32):
    torch.manual_seed(sum(lengths))
    grus = [nn.GRU(width, width, batch_first=True).to(dtype) for _ in range(groups)]
    states = torch.randn(groups, sum(lengths), width, dtype=dtype, requires_grad=True)
    return grus, states, [states, *(weight for gru in grus for weight in gru.parameters())]


@given(lengths=st.lists(st.integers(1, 14), min_size=1, max_size=12), groups=st.integers(1, 3))
@example(lengths=[1], groups=2)
@example(lengths=[1, 1, 1], groups=1)
@example(lengths=[5, 5, 5], groups=2)
@example(lengths=[2, 14, 1, 1, 2], groups=3)
@settings(max_examples=25, deadline=None)
def test_equals_nn_gru(check, lengths, groups):
    grus, states, inputs = case(lengths, groups, 4, torch.float64)
    found = check.with_gradients(scan_of(grus, states, TokenLayout.of(lengths)), inputs)
    expected = check.with_gradients(torch_of(grus, states, lengths), inputs)
    check.agree(found, expected, 1e-10)


def test_equals_nn_gru_in_single_precision_over_long_rows(check):
    lengths = [56, 1, 30, 30, 7]
    grus, states, inputs = case(lengths, 2, 64)
    found = check.with_gradients(scan_of(grus, states, TokenLayout.of(lengths)), inputs)
    check.agree(found, check.with_gradients(torch_of(grus, states, lengths), inputs), 1e-5)


@pytest.mark.parametrize("lengths", [[1, 1], [3, 3], [4, 1, 2]], ids=str)
def test_gradients_are_the_derivatives(lengths):
    torch.manual_seed(0)
    layout = TokenLayout.of(lengths)
    projected = torch.randn(2, layout.tokens, 6, dtype=torch.float64, requires_grad=True)
    hidden = torch.randn(2, 6, 2, dtype=torch.float64, requires_grad=True)
    b_new = torch.randn(2, 1, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda *given: scan(*given, layout), (projected, hidden, b_new))


def test_what_it_is_given_stays_as_it_is():
    """Also the gradient that arrives: another branch may still need it."""
    layout = TokenLayout.of([4, 1, 2])
    torch.manual_seed(0)
    given = [torch.randn(1, 7, 6), torch.randn(1, 6, 2), torch.randn(1, 1, 2)]
    for tensor in given:
        tensor.requires_grad_()
    before, gradient = [tensor.clone() for tensor in given], torch.randn(1, 7, 2)
    gradient_before, outputs = gradient.clone(), scan(*given, layout)
    first = torch.autograd.grad(outputs, given, gradient, retain_graph=True)
    second = torch.autograd.grad(outputs, given, gradient)
    assert torch.equal(gradient, gradient_before)
    for found, expected in zip((*given, *first), (*before, *second), strict=True):
        assert torch.equal(found, expected)


def test_it_keeps_less_for_the_backward_pass_than_autograd_does():
    lengths = [16] * 4
    grus, states, _ = case(lengths, 2, 8)
    layout, kept = TokenLayout.of(lengths), {"scan": 0, "torch": 0}
    ways = {"scan": lambda: scan_of(grus, states, layout), "torch": lambda: torch_of(grus, states, lengths)}
    for name, run in ways.items():

        def count(tensor, name=name):
            kept[name] += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            run()
    assert 2 * kept["scan"] < kept["torch"]
