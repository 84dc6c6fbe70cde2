from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from nni_autoattend.attention.neighbourhood import NeighbourhoodAttention
from nni_autoattend.network.graph_aggregation import (
    GraphAddition,
    NeighbourhoodAggregation,
    build_graph_aggregation,
)
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings_graph import GraphShape

SHAPE = GraphShape(8, 2, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none")
VARIANTS = [
    replace(SHAPE, residual=residual, normalise=norm) for residual in (False, True) for norm in ("none", "layer")
]


def test_kinds_build_their_aggregation():
    assert isinstance(build_graph_aggregation("addition", SHAPE), GraphAddition)
    assert isinstance(build_graph_aggregation("attention", SHAPE), NeighbourhoodAggregation)


@pytest.mark.parametrize("shape", VARIANTS, ids=lambda shape: f"{shape.residual}-{shape.normalise}")
def test_addition_adds_and_norms_where_asked(graphs, check, shape):
    layout, (left, right) = graphs.random_layout(6, 9, 0), torch.randn(2, 6, 8)
    aggregation = check.randomise(GraphAddition(shape))
    total = left + right
    if shape.normalise == "layer":
        total = F.layer_norm(total, (8,), aggregation.norm.weight, aggregation.norm.bias)
    assert bool(list(aggregation.parameters())) == (shape.normalise == "layer")
    torch.testing.assert_close(aggregation([left, right], layout), total)
    torch.testing.assert_close(aggregation.together([(left + right).unsqueeze(0)], layout, None)[0], total)
    torch.testing.assert_close(aggregation([left], layout), aggregation.together([left.unsqueeze(0)], layout, None)[0])


@pytest.mark.parametrize("shape", VARIANTS, ids=lambda shape: f"{shape.residual}-{shape.normalise}")
def test_attention_attends_adds_its_query_and_norms_where_asked(graphs, check, shape):
    layout, (query, key, value) = graphs.random_layout(6, 9, 0), torch.randn(3, 6, 8)
    aggregation = check.randomise(NeighbourhoodAggregation(shape))
    expected = NeighbourhoodAttention(2, 0.0)(query, key, value, layout) + (query if shape.residual else 0.0)
    if shape.normalise == "layer":
        expected = F.layer_norm(expected, (8,), aggregation.norm.weight, aggregation.norm.bias)
    torch.testing.assert_close(aggregation([query, key, value], layout), expected)


@pytest.mark.parametrize("shape", VARIANTS, ids=lambda shape: f"{shape.residual}-{shape.normalise}")
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-5)])
def test_attention_together_equals_forward(graphs, check, shape, dtype, tolerance):
    torch.manual_seed(0)
    layout = graphs.random_layout(9, 14, 0, directed=True)
    aggregation = check.randomise(NeighbourhoodAggregation(shape)).to(dtype)
    states = torch.randn(3, 2, 9, 8, dtype=dtype, requires_grad=True)
    inputs = [states, *aggregation.parameters()]
    plain = torch.stack([aggregation(list(own), layout) for own in states.unbind(1)])
    found = check.with_gradients(aggregation.together(list(states), layout, None), inputs)
    check.agree(found, check.with_gradients(plain, inputs), tolerance)


@pytest.mark.parametrize("kind", ["addition", "attention"])
def test_what_drops_out_does_so_in_training_only(graphs, kind):
    layout = graphs.random_layout(30, 60, 0)
    rates = ["aggregation_dropout"] if kind == "addition" else ["aggregation_dropout", "attention_dropout"]
    operands = list(torch.randn(1 if kind == "addition" else 3, 2, 30, 8))
    still = build_graph_aggregation(kind, SHAPE).together(operands, layout, Noise(torch.float32))
    for rate in rates:
        noisy = build_graph_aggregation(kind, replace(SHAPE, **{rate: 0.5}))
        assert not torch.equal(noisy.together(operands, layout, Noise(torch.float32)), still)
        assert torch.equal(noisy.together(operands, layout, None), still)
        single = [operand[0] for operand in operands]
        assert not torch.equal(noisy(single, layout), noisy(single, layout))
