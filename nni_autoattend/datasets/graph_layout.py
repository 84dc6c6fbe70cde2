"""What every operation on a graph must know of it: its edges, and the matrices that pass messages along them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from nni_autoattend.datasets.csr import csr_matrix, narrow
from nni_autoattend.datasets.edge_list import EdgeList

MessageWeights = Literal["gcn", "symmetric", "laplacian", "mean", "looped-mean", "sum"]


class Propagation(NamedTuple):
    """A constant matrix as sparse CSR, for a product and for its gradient.

    Attributes:
        matrix: (N, N); row i holds the weights of the messages to node i.
        turned: (N, N), its transpose.
    """

    matrix: Tensor
    turned: Tensor


@dataclass(frozen=True, eq=False)
class GraphLayout:
    """A graph of N nodes; it stands beside the states as ``TokenLayout`` does for texts.

    What is derived from the edges is computed when first asked for, and once.

    Attributes:
        edges: (2, E) int64, coalesced, without self-loops, sorted by (target, source). Row 0 holds sources, row 1
            targets: messages flow from row 0 to row 1, as in torch-geometric.
        nodes: N.
    """

    edges: Tensor
    nodes: int

    @classmethod
    def of(cls, edges: Tensor, nodes: int) -> GraphLayout:
        """Lay out a graph; duplicate edges count once, self-loops are dropped (operations that want them add them).

        Args:
            edges: (2, E) int64, sources and targets, in any order.
            nodes: N.

        Raises:
            ValueError: no node, another shape, or an edge that names a node outside 0 .. N-1.
        """
        if nodes < 1 or edges.dim() != 2 or len(edges) != 2:
            raise ValueError(f"a graph needs nodes and edges (2, E), found {nodes} nodes, edges {tuple(edges.shape)}")
        if edges.numel() and not 0 <= int(edges.min()) <= int(edges.max()) < nodes:
            raise ValueError(f"edges must name nodes 0 to {nodes - 1}, found {int(edges.min())} to {int(edges.max())}")
        sources, targets = edges.to(torch.int64)
        numbers = torch.unique((targets * nodes + sources)[sources != targets])  # sorted
        return cls(torch.stack([numbers % nodes, numbers // nodes]), nodes)

    @property
    def tokens(self) -> int:
        """N; the rows of a state, which are tokens in a text."""
        return self.nodes

    @cached_property
    def plain(self) -> EdgeList:
        """The edges."""
        return EdgeList(self.edges[0], self.edges[1], self.nodes)

    @cached_property
    def looped(self) -> EdgeList:
        """The edges and a self-loop of every node."""
        every = torch.arange(self.nodes, device=self.edges.device)
        sources, targets = torch.cat([self.edges, torch.stack([every, every])], dim=1)
        order = torch.argsort(targets * self.nodes + sources)
        return EdgeList(sources[order], targets[order], self.nodes)

    @property
    def degrees(self) -> Tensor:
        """(N,) int64: neighbours that send to each node, itself not counted."""
        return self.plain.entering

    @cached_property
    def is_undirected(self) -> bool:
        """Tell whether every edge has its opposite."""
        turned = self.plain.by_source
        return torch.equal(self.edges, self.edges[:, turned].flip(0))

    def propagation(self, weights: MessageWeights, dtype: torch.dtype = torch.float32) -> Propagation:
        """Return the matrix that passes messages; the same object every time.

        Args:
            weights: with A the adjacency (row: target), D and O the entering and leaving edges of each node (0 has the
                inverse 0), and D' = D + I:

                - ``gcn``: D'^-1/2 (A + I) D'^-1/2 (Kipf and Welling 2017).
                - ``symmetric``: D^-1/2 A D^-1/2.
                - ``laplacian``: -O^-1/2 A O^-1/2, the scaled Laplacian 2 L / 2 - I (Defferrard et al. 2016).
                - ``mean``: D^-1 A.
                - ``looped-mean``: D'^-1 (A + I).
                - ``sum``: A.
            dtype: of the weights.
        """
        known = self._propagations
        if (weights, dtype) not in known:
            known[weights, dtype] = self._propagation(weights, dtype)
        return known[weights, dtype]

    def to(self, device: torch.device | str) -> GraphLayout:
        """Return the same layout on ``device``; the same object every time."""
        wanted = torch.device(device)
        if wanted == self.edges.device:
            return self
        if wanted not in self._moved:
            self._moved[wanted] = GraphLayout(self.edges.to(wanted), self.nodes)
        return self._moved[wanted]

    def __reduce__(self) -> tuple[type[GraphLayout], tuple[Tensor, int]]:
        return GraphLayout, (self.edges, self.nodes)

    def __deepcopy__(self, memo: object) -> GraphLayout:
        return self  # nothing in it changes, and torch cannot copy sparse matrices deeply

    @cached_property
    def _propagations(self) -> dict[tuple[MessageWeights, torch.dtype], Propagation]:
        return {}

    @cached_property
    def _moved(self) -> dict[torch.device, GraphLayout]:
        return {}

    def _propagation(self, weights: MessageWeights, dtype: torch.dtype) -> Propagation:
        edges = self.looped if weights in ("gcn", "looped-mean") else self.plain
        values = _values(edges, weights, dtype)
        matrix = _csr(edges.pointers, edges.sources, values, self.nodes)
        if self.is_undirected and weights not in ("mean", "looped-mean"):
            return Propagation(matrix, matrix)
        turned = _csr(edges.source_pointers, edges.targets_by_source, values[edges.by_source], self.nodes)
        return Propagation(matrix, turned)


def _values(edges: EdgeList, weights: MessageWeights, dtype: torch.dtype) -> Tensor:
    """Return the weight (E,) of each edge's message."""
    if weights == "sum":
        return torch.ones(len(edges.sources), dtype=dtype, device=edges.sources.device)
    counts = edges.leaving if weights == "laplacian" else edges.entering
    means = weights in ("mean", "looped-mean")
    inverse = counts.to(dtype).pow(-1.0 if means else -0.5).masked_fill(counts == 0, 0.0)
    if means:
        return inverse[edges.targets]
    values = inverse[edges.sources] * inverse[edges.targets]
    return -values if weights == "laplacian" else values


def _csr(pointers: Tensor, columns: Tensor, values: Tensor, nodes: int) -> Tensor:
    most = max(nodes, len(values))
    return csr_matrix(narrow(pointers, most), narrow(columns, most), values, (nodes, nodes))
