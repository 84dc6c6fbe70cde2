"""Predictions for nodes: of the graph that a run was searched on, or of another one."""

from __future__ import annotations

from collections.abc import Sequence
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
                f"every node of {data.name} has a label; name nodes, or another graph (--nodes FILE --edges FILE)"
            )
        return classifier.predict(graph)
    import numpy as np

    numbers = {name: number for number, name in enumerate(graph.names(np.arange(graph.nodes)))}
    unknown = [name for name in nodes if name not in numbers]
    if unknown:
        others = f" ({len(unknown)} such names)" if len(unknown) > 1 else ""
        raise DataError(f"{data.name} has no node {unknown[0]!r}{others}")
    return classifier.predict(graph, np.array([numbers[name] for name in nodes], np.int64))


def predict_tables(
    classifier: NodeClassifier, nodes: Path, edges: Path, columns: GraphDataSettings
) -> list[NodePrediction]:
    """Predict all nodes of another graph, given as a table of nodes and one of edges.

    Args:
        classifier: the trained model.
        nodes: the table of nodes.
        edges: the table of edges.
        columns: which of their columns hold ids and the ends of edges.

    Raises:
        DataError: a table cannot be used, or lacks a column that the model was trained with.
    """
    from nni_autoattend.datasets.own_graphs import graph_to_predict

    graph = graph_to_predict(
        nodes,
        edges,
        classifier.codec,
        id_column=columns.id_column,
        source_column=columns.source_column,
        target_column=columns.target_column,
    )
    return classifier.predict(graph)
