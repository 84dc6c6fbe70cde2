"""What all weighted operations on graphs promise; each one's own formula stands in its own test."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_table import GRAPH_OPERATIONS
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.table import build_operation
from nni_autoattend.settings_graph import GraphShape

WEIGHTED = [name for name, entry in GRAPH_OPERATIONS.items() if entry.weights]
SHAPE = GraphShape(16, 4, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none")


def build(name, count, shape=SHAPE, dtype=torch.float64):
    modules = [build_operation(name, shape).to(dtype) for _ in range(count)]
    for module in modules:
        for parameter in module.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
    return modules


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-5)])
@pytest.mark.parametrize("name", WEIGHTED)
def test_together_equals_forward(check, graphs, name, dtype, tolerance, directed):
    torch.manual_seed(0)
    layout = graphs.random_layout(11, 20, 0, directed=directed)
    modules = build(name, 2, dtype=dtype)
    placed = [modules[0], modules[1], modules[0]]
    states = torch.randn(3, 11, 16, dtype=dtype, requires_grad=True)
    inputs = [states, *(weight for module in modules for weight in module.parameters())]
    plain = torch.stack([module(own, layout) for module, own in zip(placed, states, strict=True)])
    fast = type(modules[0]).together(placed, states, layout, None)
    check.agree(check.with_gradients(fast, inputs), check.with_gradients(plain, inputs), tolerance)


@pytest.mark.parametrize("name", WEIGHTED)
@given(nodes=st.integers(1, 9), edges=st.integers(0, 25), seed=st.integers(0, 99), directed=st.booleans())
@settings(max_examples=8, deadline=None)
def test_the_order_of_nodes_and_edges_changes_nothing(graphs, name, nodes, edges, seed, directed):
    torch.manual_seed(seed)
    layout = graphs.random_layout(nodes, edges, seed, directed=directed)
    other, numbers = graphs.renumbered(layout, seed)
    (module,) = build(name, 1, dtype=torch.float32)
    states = torch.randn(1, nodes, 16)
    renumbered = torch.empty_like(states)
    renumbered[:, numbers] = states
    expected = type(module).together([module], states, layout, None)
    found = type(module).together([module], renumbered, other, None)[:, numbers]
    assert expected.isfinite().all()
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", WEIGHTED)
@pytest.mark.parametrize("nodes", [1, 4])
def test_isolated_nodes_have_finite_outputs_and_gradients(name, nodes):
    torch.manual_seed(0)
    layout = GraphLayout.of(torch.zeros(2, 0, dtype=torch.int64), nodes)
    (module,) = build(name, 1)
    states = torch.randn(1, nodes, 16, dtype=torch.float64, requires_grad=True)
    output = type(module).together([module], states, layout, None)
    output.square().sum().backward()
    assert output.isfinite().all() and output.any()
    assert all(own.grad.isfinite().all() for own in [states, *module.parameters()] if own.grad is not None)


@pytest.mark.parametrize("name", WEIGHTED)
def test_all_weights_learn(graphs, name):
    torch.manual_seed(0)
    (module,) = build(name, 1)
    output = type(module).together([module], torch.randn(1, 8, 16).double(), graphs.random_layout(8, 20, 0), None)
    (output * torch.randn(output.shape)).sum().backward()
    assert {key: own.grad is not None and own.grad.abs().max() > 1e-9 for key, own in module.named_parameters()} == {
        key: True for key, _ in module.named_parameters()
    }
    assert not list(module.buffers())


@pytest.mark.parametrize("name", WEIGHTED)
def test_dropout_acts_in_training_only_and_leaves_what_it_was_given(graphs, name):
    torch.manual_seed(0)
    layout = graphs.random_layout(8, 20, 0)
    (module,) = build(name, 1, replace(SHAPE, dropout=0.5), torch.float32)
    states = torch.randn(1, 8, 16)
    before = states.clone()
    still, noisy = (type(module).together([module], states, layout, noise) for noise in (None, Noise(torch.float32, 1)))
    assert not torch.equal(still, noisy)
    assert torch.equal(states, before)
    assert not torch.equal(module(states[0], layout), module(states[0], layout))
    module.eval()
    torch.testing.assert_close(module(states[0], layout), still[0], rtol=0, atol=1e-5)


def test_the_input_is_dropped_before_it_is_mapped():
    """With a linear map that does nothing and one value a node, outputs are zero where the input was dropped."""
    (module,) = build("linear", 1, replace(SHAPE, dropout=0.25, activation="relu"), torch.float32)
    torch.nn.init.eye_(module.convolution.weight)
    torch.nn.init.zeros_(module.convolution.bias)
    layout = GraphLayout.of(torch.zeros(2, 0, dtype=torch.int64), 500)
    output = type(module).together([module], torch.ones(1, 500, 16), layout, Noise(torch.float32, 0))
    assert (output == 0).double().mean().item() == pytest.approx(0.25, abs=0.03)
    torch.testing.assert_close(output[output > 0], torch.full_like(output[output > 0], 1 / 0.75))


@pytest.mark.parametrize(("name", "function"), [("tanh", torch.tanh), ("relu", F.relu), ("elu", F.elu)])
def test_the_activation_is_the_shapes(name, function):
    torch.manual_seed(0)
    (module,) = build("linear", 1, replace(SHAPE, activation=name))
    layout, states = GraphLayout.of(torch.zeros(2, 0, dtype=torch.int64), 5), torch.randn(5, 16).double()
    expected = function(module.convolution(states))
    torch.testing.assert_close(module(states, layout), expected)
    torch.testing.assert_close(type(module).together([module], states.unsqueeze(0), layout, None)[0], expected)


@pytest.mark.parametrize("name", WEIGHTED)
def test_half_precision_products_do_not_break_it(graphs, name):
    """As on a GPU: products of dense matrices have half precision, sparse ones have not."""
    torch.manual_seed(0)
    layout = graphs.random_layout(8, 20, 0)
    (module,) = build(name, 1, dtype=torch.float32)
    states = torch.randn(1, 8, 16, requires_grad=True)
    exact = type(module).together([module], states, layout, None)
    with torch.autocast("cpu", torch.bfloat16):
        rough = type(module).together([module], states, layout, None)
    torch.testing.assert_close(rough.float(), exact, rtol=0, atol=0.1)
    rough.float().sum().backward()
    assert states.grad.isfinite().all()
