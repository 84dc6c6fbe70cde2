"""A graph, the nodes of each part, and what a run must know of both, as plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from nni_autoattend.datasets.graph_features import Features, SparseRows, take_rows

Indices = NDArray[np.int64]
UNLABELLED = -1


@dataclass(frozen=True, eq=False)
class Graph:
    """N nodes, what describes them, and the edges between them.

    Attributes:
        features: (N, F).
        edges: (2, E) int64 from ``clean_edges``: row 0 sources, row 1 targets.
        classes: (N,) int64, or (N, K) int8 of 0 and 1 where a node may have several labels; -1: no label is known.
        ids: what the user calls each node; ``None``: its number.
    """

    features: Features
    edges: Indices
    classes: NDArray[np.int64] | NDArray[np.int8]
    ids: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.classes) != self.features.shape[0] or (self.ids is not None and len(self.ids) != self.nodes):
            raise ValueError(f"{self.nodes} nodes have features, {len(self.classes)} have a class")

    @property
    def nodes(self) -> int:
        """N."""
        return int(self.features.shape[0])

    @property
    def unlabelled(self) -> Indices:
        """The nodes whose label is not known: those to predict."""
        return np.flatnonzero((self.classes if self.classes.ndim == 1 else self.classes[:, 0]) == UNLABELLED)

    def names(self, nodes: Indices) -> list[str]:
        """Return what the user calls ``nodes``."""
        return [str(node) if self.ids is None else self.ids[node] for node in nodes.tolist()]

    def induced(self, nodes: Indices) -> "Graph":
        """Return the graph of ``nodes`` and the edges among them; node i of it is ``nodes[i]``."""
        position = np.full(self.nodes, -1, np.int64)
        position[nodes] = np.arange(len(nodes))
        kept = position[self.edges[:, (position[self.edges] >= 0).all(axis=0)]]
        order = np.lexsort((kept[0], kept[1]))
        ids = tuple(self.names(nodes))
        return Graph(take_rows(self.features, nodes), kept[:, order], self.classes[nodes], ids)


@dataclass(frozen=True, eq=False)
class GraphPart:
    """The nodes of a part, and the graph that is seen when they are asked for.

    Attributes:
        graph: of all parts the same one (transductive), or not (inductive).
        nodes: (n,) int64, ascending.
    """

    graph: Graph
    nodes: Indices

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def classes(self) -> NDArray[np.int64] | NDArray[np.int8]:
        """(n,) int64, or (n, K) int8."""
        return self.graph.classes[self.nodes]


@dataclass(frozen=True, eq=False)
class GraphSplits:
    """The data of a run before there is a tensor.

    Attributes:
        name: task name, or the stem of the user's file of nodes.
        train, valid, test: disjoint parts; validation is divided further by ``prepare_graph``.
        labels: readable labels by class.
        notes: what a reader of the report must know about these splits.
        bag_of_words: features are counts or marks of words (their rows are scaled unless the settings say otherwise).
        feature_names: columns that the features come from; empty where they have no names.
    """

    name: str
    train: GraphPart
    valid: GraphPart
    test: GraphPart
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()
    bag_of_words: bool = False
    feature_names: tuple[str, ...] = ()

    def parts(self) -> dict[str, GraphPart]:
        """Return the three parts by name, in the order train, valid, test."""
        return {"train": self.train, "valid": self.valid, "test": self.test}

    @property
    def multi_label(self) -> bool:
        """Whether a node may have several labels."""
        return self.train.graph.classes.ndim == 2

    @property
    def inductive(self) -> bool:
        """Whether training sees another graph than the test."""
        return self.train.graph is not self.test.graph

    def class_counts(self) -> dict[str, dict[str, int]]:
        """Return how many nodes of each part have each label."""
        return {
            name: dict(zip(self.labels, count_classes(part.classes, len(self.labels)).tolist(), strict=True))
            for name, part in self.parts().items()
        }

    def fingerprint(self) -> str:
        """Return a SHA-256 over features, edges, classes and parts; other data, or other parts, give another one."""
        digest = sha256(repr(self.labels).encode())
        known: dict[int, bytes] = {}
        for name, part in self.parts().items():
            graph = known.setdefault(id(part.graph), b"") or _digest(part.graph)
            known[id(part.graph)] = graph
            digest.update(name.encode() + graph + _bytes([part.nodes]))
        return digest.hexdigest()


def count_classes(classes: NDArray[np.int64] | NDArray[np.int8], labels: int) -> Indices:
    """Return how many nodes have each class, (labels,); nodes without a known label count nowhere."""
    if classes.ndim == 2:
        several: Indices = np.sum(classes == 1, axis=0, dtype=np.int64)
        return several
    counts: Indices = np.bincount(classes[classes != UNLABELLED], minlength=labels)
    return counts


def _digest(graph: Graph) -> bytes:
    features = graph.features
    arrays = [features.pointers, features.columns, features.values] if isinstance(features, SparseRows) else [features]
    return sha256(_bytes([*arrays, graph.edges, graph.classes])).digest()


def _bytes(arrays: Sequence[NDArray[np.generic]]) -> bytes:
    digest = sha256()
    for array in arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes())
    return digest.digest()
