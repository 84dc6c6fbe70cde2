"""Predictions for nodes: of the graph that a run was searched on, or of another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nni_autoattend.errors import DataError
from nni_autoattend.modality import AnyDataSettings
from nni_autoattend.settings_graph_data import GraphDataSettings

if TYPE_CHECKING:
    from nni_autoattend.network.node_classifier import NodeClassifier, NodePrediction


def predict_own_nodes(
    classifier: NodeClassifier, data: AnyDataSettings, nodes: Sequence[str] | None = None
) -> list[NodePrediction]:
    """Predict nodes of the graph that ``data`` names; where the test is another graph, nodes of that one.

    Args:
        classifier: the trained model.
        data: settings of the run.
        nodes: what the user calls them; ``None``: all whose label is not known.

    Raises:
        DataError: the data cannot be read, there is no such node, or no node without a label.
    """
    from nni_autoattend.datasets.graph_tasks import load_graph_splits

    if not isinstance(data, GraphDataSettings):
        raise DataError("the model is for graphs, the data of its run are not")
    graph = load_graph_splits(data).test.graph
    if nodes is None:
        if not len(graph.unlabelled):
            raise DataError(
                f"every node of {data.name} has a label; name nodes, or another graph (--nodes FILE --edges FILE, "
                "or --data FILE)"
            )
        return classifier.predict(graph)
    import numpy as np

    numbers = {name: number for number, name in enumerate(graph.names(np.arange(graph.nodes)))}
    unknown = [name for name in nodes if name not in numbers]
    if unknown:
        others = f" ({len(unknown)} such names)" if len(unknown) > 1 else ""
        raise DataError(f"{data.name} has no node {unknown[0]!r}{others}")
    return classifier.predict(graph, np.array([numbers[name] for name in nodes], np.int64))


def predict_other_graph(classifier: NodeClassifier, other: GraphDataSettings) -> list[NodePrediction]:
    """Predict all nodes of another graph.

    Args:
        classifier: the trained model.
        other: names two tables or a ``Data`` file, and which columns hold ids and the ends of edges.

    Raises:
        DataError: a file cannot be used, or lacks a feature that the model was trained with.
    """
    from nni_autoattend.datasets.graph_data_file import graph_data_to_predict
    from nni_autoattend.datasets.own_graphs import graph_to_predict

    if other.data is not None:
        return classifier.predict(graph_data_to_predict(other.data, classifier.codec))
    return classifier.predict(graph_to_predict(other, classifier.codec))


def other_graph(
    own: AnyDataSettings | None, *, nodes: Path | None = None, edges: Path | None = None, data: Path | None = None
) -> GraphDataSettings:
    """Return what names another graph.

    Args:
        own: settings of the run, whose names of columns hold there, too; ``None``: the usual names.
        nodes: its table of nodes.
        edges: its table of edges.
        data: or its ``Data`` file.

    Raises:
        DataError: one of two tables is missing, or there are tables and a file.
    """
    if (nodes is None) != (edges is None):
        raise DataError("nodes and edges belong together: name both files (--nodes FILE --edges FILE)")
    if (nodes is None) == (data is None):
        raise DataError("name another graph by two tables (--nodes FILE --edges FILE) or by a Data file (--data FILE)")
    if isinstance(own, GraphDataSettings):
        return replace(own, task=None, nodes=nodes, edges=edges, data=data)
    return GraphDataSettings(nodes=nodes, edges=edges, data=data)
