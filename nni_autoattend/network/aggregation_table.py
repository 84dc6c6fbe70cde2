"""The aggregation of a layer, for the kind of data that the network's shape is for."""

from typing import Any

from nni_autoattend.architecture import LayerKind
from nni_autoattend.network.aggregation import Aggregation
from nni_autoattend.network.token_aggregation import build_token_aggregation
from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape


def build_aggregation(kind: LayerKind, shape: NetworkShape) -> Aggregation[Any]:
    """Build the aggregation of a layer of ``kind``."""
    if isinstance(shape, GraphShape):
        from nni_autoattend.network.graph_aggregation import build_graph_aggregation

        return build_graph_aggregation(kind, shape)
    return build_token_aggregation(kind, shape)
