"""Edges as every network wants them: each once, none from a node to itself, in one order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class EdgeCounts:
    """What became of the edges of a graph.

    Attributes:
        given: edges as they were read.
        loops: removed: from a node to itself.
        repeated: removed: from and to the same nodes as another one.
        added: the ways back of edges that were given one way only.
        isolated: nodes that no edge touches.
    """

    given: int
    loops: int
    repeated: int
    added: int
    isolated: int

    @property
    def kept(self) -> int:
        """Edges of the graph, each way counted."""
        return self.given - self.loops - self.repeated + self.added

    def note(self) -> str:
        """Return one line for the report."""
        changes = {"self-loops removed": self.loops, "repeated edges removed": self.repeated, "ways back": self.added}
        told = "".join(f", {count} {what}" for what, count in changes.items() if count)
        return f"edges: {self.given} read{told}, {self.kept} kept (each way counted); {self.isolated} isolated nodes"


def clean_edges(edges: Indices, nodes: int, *, directed: bool = False) -> tuple[Indices, EdgeCounts]:
    """Remove self-loops and repetitions, add the ways back, and sort by (target, source).

    Args:
        edges: (2, E), row 0 sources, row 1 targets, in 0..nodes-1.
        nodes: N.
        directed: add no way back.

    Returns:
        (2, E') int64 edges, which depend on neither order nor repetition of those given, and what was changed.

    Raises:
        ValueError: an edge names a node out of range.
    """
    source, target = np.asarray(edges, np.int64)
    if source.size and (min(source.min(), target.min()) < 0 or max(source.max(), target.max()) >= nodes):
        raise ValueError(f"edges must lie between 0 and {nodes - 1}")
    proper = source != target
    source, target = source[proper], target[proper]
    once = np.unique(target * nodes + source)
    keys = once if directed else np.union1d(once, once % nodes * nodes + once // nodes)
    cleaned = np.stack([keys % nodes, keys // nodes]) if keys.size else np.zeros((2, 0), np.int64)
    touched = np.zeros(nodes, bool)
    touched[cleaned.ravel()] = True
    counts = EdgeCounts(
        given=int(proper.size),
        loops=int(proper.size - proper.sum()),
        repeated=int(source.size - once.size),
        added=int(keys.size - once.size),
        isolated=int(nodes - touched.sum()),
    )
    return cleaned, counts
