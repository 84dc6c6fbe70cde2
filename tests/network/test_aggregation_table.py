"""The aggregation of a layer is that of the kind of data which the shape is for."""

import pytest

from nni_autoattend.network.aggregation import Aggregation
from nni_autoattend.network.aggregation_table import build_aggregation
from nni_autoattend.network.graph_aggregation import GraphAddition, NeighbourhoodAggregation
from nni_autoattend.network.token_aggregation import AdditionAggregation, AttentionAggregation
from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape

TEXT = NetworkShape(4, 2, 0.0, 0.0, 0.0)
GRAPH = GraphShape(4, 2, 0.0, 0.0, 0.0, 0.0, "tanh", residual=False, normalise="none")


@pytest.mark.parametrize(
    ("shape", "kind", "expected"),
    [
        (TEXT, "addition", AdditionAggregation),
        (TEXT, "attention", AttentionAggregation),
        (GRAPH, "addition", GraphAddition),
        (GRAPH, "attention", NeighbourhoodAggregation),
    ],
)
def test_kinds(shape, kind, expected):
    assert type(build_aggregation(kind, shape)) is expected


def test_an_aggregation_must_run_together():
    class Silent(Aggregation):
        pass

    with pytest.raises(TypeError, match="together"):
        Silent()
