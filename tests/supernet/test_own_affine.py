"""with_own_affine: one operation's matrices under two norms, or before two biases."""

import pytest
import torch
from torch import nn

from nni_autoattend.ops.graph_table import GRAPH_OPERATIONS
from nni_autoattend.ops.table import build_operation, holds_weights
from nni_autoattend.ops.token_table import TOKEN_OPERATIONS
from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape
from nni_autoattend.supernet.own_affine import with_own_affine

WEIGHTED = [name for name in TOKEN_OPERATIONS if holds_weights(name)]
ON_GRAPHS = [name for name in GRAPH_OPERATIONS if holds_weights(name)]
GRAPH = GraphShape(16, 4, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none")


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
    twin = with_own_affine(operation)
    assert type(twin) is type(operation) and isinstance(twin.norm, nn.LayerNorm)
    assert owned(twin, operation) == owned(operation, twin) == {"norm.weight", "norm.bias"}
    for name, part in operation.named_children():
        assert (getattr(twin, name) is part) is (name != "norm")


def test_a_twin_starts_equal_and_its_norm_moves_alone(operation):
    twin, before = with_own_affine(operation), run(operation)
    torch.testing.assert_close(run(twin), before, atol=0, rtol=0)
    with torch.no_grad():
        twin.norm.weight.mul_(2.0)
        twin.norm.bias.add_(1.0)
    torch.testing.assert_close(run(operation), before, atol=0, rtol=0)
    assert not torch.allclose(run(twin), before, atol=1e-3)


@pytest.mark.parametrize("name", ["conv1", "conv3", "gru"])
def test_what_one_twin_learns_of_the_matrices_the_other_knows(name):
    operation = build_operation(name, NetworkShape(4, 1, 0.0, 0.0, 0.0)).eval()
    twin, before = with_own_affine(operation), run(operation)
    run(twin).square().sum().backward()
    with torch.no_grad():
        for weight in twin.parameters():
            weight.sub_(weight.grad)
    assert operation.norm.weight.grad is None
    assert not torch.allclose(run(operation), before, atol=1e-3)


@pytest.mark.parametrize("name", ON_GRAPHS)
def test_an_operation_on_graphs_owns_its_biases_and_nothing_else(name):
    operation = build_operation(name, GRAPH)
    twin = with_own_affine(operation)
    biases = {weight for weight, _ in operation.named_parameters() if weight.endswith("bias")}
    assert owned(twin, operation) == owned(operation, twin) == biases
    torch.testing.assert_close(twin.state_dict(), operation.state_dict(), atol=0, rtol=0)


@pytest.mark.parametrize("name", ["gcn", "gat", "gin"])
def test_on_graphs_too_what_one_twin_learns_of_the_matrices_the_other_knows(graphs, name):
    layout, states = graphs.random_layout(6, 9, 0), torch.randn(1, 6, 16, generator=torch.Generator().manual_seed(1))
    operation = build_operation(name, GRAPH)
    twin = with_own_affine(operation)

    def outputs(module):
        return type(module).together([module], states, layout, None)

    before = outputs(operation)
    torch.testing.assert_close(outputs(twin), before, atol=0, rtol=0)
    with torch.no_grad():
        for weight, value in twin.named_parameters():
            if weight.endswith("bias"):
                value.add_(1.0)
    torch.testing.assert_close(outputs(operation), before, atol=0, rtol=0)
    assert not torch.allclose(outputs(twin), before, atol=1e-3)
    outputs(twin).square().sum().backward()
    with torch.no_grad():
        for value in twin.parameters():
            value.sub_(value.grad)
    assert not torch.allclose(outputs(operation), before, atol=1e-3)
