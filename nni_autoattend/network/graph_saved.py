"""Trained classifiers of nodes as files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.network.graph import GraphNetwork
from nni_autoattend.network.model_files import GRAPH, read_weights, reading, write_model
from nni_autoattend.network.node_classifier import NodeClassifier
from nni_autoattend.schema import read, to_plain
from nni_autoattend.settings_graph import GraphShape


def save_graph_model(folder: Path, network: GraphNetwork, description: Mapping[str, Any], codec: GraphCodec) -> None:
    """Write ``network`` and what it takes to use it; no graph is among that.

    Args:
        folder: where ``model.safetensors`` and ``model.json`` go; made when absent.
        network: the trained network.
        description: what else should be known (metric, task, scores), as JSON values; kept under ``description``.
        codec: how features become numbers.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    parts = {
        "kind": GRAPH,
        "architecture": network.architecture.to_json(),
        "shape": to_plain(network.shape),
        "dimensions": to_plain(network.dimensions),
        "codec": codec.to_json(),
        "description": dict(description),
    }
    write_model(folder, network, parts)


def load_graph_model(folder: Path) -> NodeClassifier:
    """Read what ``save_graph_model`` wrote.

    Raises:
        RunFolderError: a file is missing, damaged, of another format or kind, or the two do not belong together.
    """
    with reading(folder, GRAPH) as parts:
        weights = read_weights(folder, parts)
        network = GraphNetwork(
            Architecture.from_json(parts["architecture"]),
            read(GraphShape, parts["shape"], "shape"),
            read(GraphDimensions, parts["dimensions"], "dimensions"),
        )
        network.load_state_dict(weights)
        return NodeClassifier(network, GraphCodec.from_json(parts["codec"]), parts["description"])
