import pytest
import torch

from nni_autoattend.ops.graph_table import GRAPH_OPERATIONS
from nni_autoattend.ops.table import build_operation, holds_weights
from nni_autoattend.ops.token_table import TOKEN_OPERATIONS
from nni_autoattend.settings_graph import GraphShape

SHAPE = GraphShape(64, 8, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none")
SQUARE, ROW = 64 * 64, 64


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("identity", 0),
        ("gcn", SQUARE + ROW),
        ("sage", 2 * SQUARE + ROW),
        ("gat1", SQUARE + 3 * ROW),
        ("gat16", SQUARE + 3 * ROW),
        ("linear", SQUARE + ROW),
        ("arma", 2 * SQUARE + ROW),
        ("cheb", 2 * SQUARE + ROW),
        ("sgc", SQUARE + ROW),
        ("gin", 2 * (SQUARE + ROW) + 1),
        ("appnp", SQUARE + ROW),
        ("const", SQUARE + ROW),
        ("gat", SQUARE + 3 * ROW),
        ("sym-gat", SQUARE + 3 * ROW),
        ("cos", SQUARE + 2 * ROW),
        ("lin-attention", SQUARE + 2 * ROW),
        ("gene", SQUARE + 4 * ROW),
    ],
)
def test_parameter_counts_at_width_64(name, count):
    operation = build_operation(name, SHAPE)
    assert sum(parameter.numel() for parameter in operation.parameters()) == count
    assert holds_weights(name) == (count > 0)


@pytest.mark.parametrize(("name", "heads"), [("gat1", 1), ("gat2", 2), ("gat4", 4), ("gat16", 16), ("gat", 8)])
def test_heads_are_those_of_the_name_or_the_network(name, heads):
    assert build_operation(name, SHAPE).heads == heads


def test_a_name_means_one_operation_for_all_data():
    common = TOKEN_OPERATIONS.keys() & GRAPH_OPERATIONS.keys()
    assert common == {"identity"}
    assert TOKEN_OPERATIONS["identity"] == GRAPH_OPERATIONS["identity"]


def test_the_same_seed_gives_the_same_weights():
    for name in GRAPH_OPERATIONS:
        torch.manual_seed(3)
        first = build_operation(name, SHAPE).state_dict()
        torch.manual_seed(3)
        second = build_operation(name, SHAPE).state_dict()
        assert all(torch.equal(first[key], second[key]) for key in first)
