"""scan_pair equals nn.GRU, its plain reference, in outputs and all gradients."""

import pytest
import torch
from torch import nn

from nni_autoattend.ops.gru_scan import scan_pair


@pytest.mark.parametrize(("length", "batch", "width"), [(1, 1, 2), (1, 5, 4), (7, 1, 8), (12, 6, 16)])
def test_equals_nn_gru(length, batch, width):
    torch.manual_seed(length)
    first, second = nn.GRU(width, width), nn.GRU(width, width)
    states = torch.randn(2, length, batch, width, requires_grad=True)
    weighting = torch.randn(2, length, batch, width)
    fast = scan_pair(states, first, second)
    inputs = [states, *first.parameters(), *second.parameters()]
    fast_gradients = torch.autograd.grad((fast * weighting).sum(), inputs)
    plain = torch.stack((first(states[0])[0], second(states[1])[0]))
    plain_gradients = torch.autograd.grad((plain * weighting).sum(), inputs)
    torch.testing.assert_close(fast, plain, atol=1e-6, rtol=1e-5)
    for one, two in zip(fast_gradients, plain_gradients, strict=True):
        torch.testing.assert_close(one, two, atol=1e-5, rtol=1e-5)


def test_gradients_are_the_derivatives():
    torch.manual_seed(0)
    first, second = nn.GRU(3, 3).double(), nn.GRU(3, 3).double()
    states = torch.randn(2, 4, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: scan_pair(x, first, second), (states,))


def test_it_keeps_less_for_the_backward_pass_than_autograd_does():
    first, second = nn.GRU(8, 8), nn.GRU(8, 8)
    states = torch.randn(2, 16, 4, 8, requires_grad=True)
    kept = {"scan": 0, "torch": 0}
    for name, run in (
        ("scan", lambda: scan_pair(states, first, second)),
        ("torch", lambda: (first(states[0]), second(states[1]))),
    ):

        def count(tensor, name=name):
            kept[name] += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            run()
    assert 2 * kept["scan"] < kept["torch"]
