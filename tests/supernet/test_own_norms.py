"""with_own_norms: one operation's matrices under two norms."""

import pytest
import torch
from torch import nn

from nni_autoattend.ops.table import build_operation, holds_weights
from nni_autoattend.ops.token_table import TOKEN_OPERATIONS
from nni_autoattend.settings import NetworkShape
from nni_autoattend.supernet.own_norms import with_own_norms

WEIGHTED = [name for name in TOKEN_OPERATIONS if holds_weights(name)]


@pytest.fixture(params=WEIGHTED)
def operation(request):
    torch.manual_seed(0)
    return build_operation(request.param, NetworkShape(4, 1, 0.0, 0.0, 0.0)).eval()


def run(module):
    states = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(1))
    return module(states, torch.ones(2, 3, dtype=torch.bool))


def owned(module, other):
    theirs = {id(weight) for weight in other.parameters()}
    return {name for name, weight in module.named_parameters() if id(weight) not in theirs}


def test_every_operation_owns_its_norm_and_nothing_else(operation):
    twin = with_own_norms(operation)
    assert type(twin) is type(operation) and isinstance(twin.norm, nn.LayerNorm)
    assert owned(twin, operation) == owned(operation, twin) == {"norm.weight", "norm.bias"}
    for name, part in operation.named_children():
        assert (getattr(twin, name) is part) is (name != "norm")


def test_a_twin_starts_equal_and_its_norm_moves_alone(operation):
    twin, before = with_own_norms(operation), run(operation)
    torch.testing.assert_close(run(twin), before, atol=0, rtol=0)
    with torch.no_grad():
        twin.norm.weight.mul_(2.0)
        twin.norm.bias.add_(1.0)
    torch.testing.assert_close(run(operation), before, atol=0, rtol=0)
    assert not torch.allclose(run(twin), before, atol=1e-3)


@pytest.mark.parametrize("name", ["conv1", "conv3", "gru"])
def test_what_one_twin_learns_of_the_matrices_the_other_knows(name):
    operation = build_operation(name, NetworkShape(4, 1, 0.0, 0.0, 0.0)).eval()
    twin, before = with_own_norms(operation), run(operation)
    run(twin).square().sum().backward()
    with torch.no_grad():
        for weight in twin.parameters():
            weight.sub_(weight.grad)
    assert operation.norm.weight.grad is None
    assert not torch.allclose(run(operation), before, atol=1e-3)
