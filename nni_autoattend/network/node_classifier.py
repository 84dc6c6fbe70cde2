"""A trained classifier of nodes: a graph in, labels and probabilities of its nodes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.datasets.graph_splits import Graph
from nni_autoattend.datasets.graph_tensors import features_tensor
from nni_autoattend.errors import DataError
from nni_autoattend.network.graph import GraphNetwork

Nodes = NDArray[np.int64]


@dataclass(frozen=True)
class NodePrediction:
    """What the classifier says of one node.

    Attributes:
        node: what the user calls it.
        labels: the most probable label; where a node may have several, all that are more likely than not.
        probabilities: every label's probability, in the order of the classes; where a node has one label they sum to 1.
    """

    node: str
    labels: tuple[str, ...]
    probabilities: dict[str, float]

    @property
    def label(self) -> str:
        """The labels in one cell of a table: as in the user's own, semicolons set several apart."""
        return ";".join(self.labels)


class NodeClassifier:
    """A network with the codec it was trained with.

    Args:
        network: the trained network; put into evaluation mode.
        codec: how features become numbers, and the labels.
        description: what else is known of it (metric, task, scores).

    Raises:
        ValueError: network and codec differ in features, classes or in whether a node may have several labels.
    """

    def __init__(self, network: GraphNetwork, codec: GraphCodec, description: Mapping[str, Any]) -> None:
        own, wanted = network.dimensions, (codec.features, len(codec.labels), codec.multi_label)
        if (own.features, own.classes, own.multi_label) != wanted:
            raise ValueError(
                f"the network was built for {own.features} features and {own.classes} classes, the codec for others"
            )
        self.network, self.codec, self.description = network.eval(), codec, dict(description)

    @property
    def architecture(self) -> Architecture:
        """The network's architecture."""
        return self.network.architecture

    def predict(self, graph: Graph, nodes: Nodes | None = None) -> list[NodePrediction]:
        """Classify nodes of ``graph``, in their order.

        Args:
            graph: nodes with features as the user gave them, and edges; its labels are not looked at.
            nodes: numbers of the nodes that are asked for; ``None``: those without a known label.

        Raises:
            DataError: the graph has no such node, or other features than the network was trained with.
        """
        asked = graph.unlabelled if nodes is None else _checked(graph, nodes)
        probabilities = self.probabilities(self.encode(graph, asked)).tolist()
        return [self._prediction(name, row) for name, row in zip(graph.names(asked), probabilities, strict=True)]

    def encode(self, graph: Graph, nodes: Nodes) -> GraphInput:
        """Return what the network reads of ``graph`` when ``nodes`` are asked for.

        Raises:
            DataError: the nodes have another number of features than the network was trained with.
        """
        features = features_tensor(self.codec.encode(graph.features))
        return GraphInput(features, GraphLayout(torch.from_numpy(graph.edges), graph.nodes), torch.from_numpy(nodes))

    @torch.inference_mode()
    def probabilities(self, graph: GraphInput) -> Tensor:
        """Return the class probabilities (targets, classes) as float64 on the CPU."""
        device = self.network.head.classifier.weight.device
        logits: Tensor = self.network(graph.to(device)).cpu().double()
        return logits.sigmoid() if self.codec.multi_label else logits.softmax(dim=-1)

    def _prediction(self, node: str, probabilities: list[float]) -> NodePrediction:
        by_label = dict(zip(self.codec.labels, probabilities, strict=True))
        if self.codec.multi_label:
            return NodePrediction(node, tuple(label for label, share in by_label.items() if share > 0.5), by_label)
        return NodePrediction(node, (max(by_label, key=by_label.__getitem__),), by_label)


def _checked(graph: Graph, nodes: Nodes) -> Nodes:
    if len(nodes) and not 0 <= nodes.min() <= nodes.max() < graph.nodes:
        raise DataError(
            f"the graph has nodes 0 to {graph.nodes - 1}, asked for were {nodes.min()} to {nodes.max()}: "
            "ask for nodes of the graph"
        )
    return np.asarray(nodes, dtype=np.int64)
