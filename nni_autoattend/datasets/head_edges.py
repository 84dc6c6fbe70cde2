"""Edges once for each head: what a node and a head gather is then one row of a sparse matrix.

Attention weights of H heads over E edges are the values of one sparse matrix with a row for each node and head; states
(N, C) are, as they lie, its operand (N H, C / H). Products of sparse matrices do the rest: nothing of size (E, C) is
made. Measured at the size of Cora with 8 heads, on one core: scores 1.0 ms, sums 0.4 ms; from gathered states 2.3 ms
and 5 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nni_autoattend.datasets.csr import csr_matrix, narrow

if TYPE_CHECKING:
    from nni_autoattend.datasets.edge_list import EdgeList


@dataclass(frozen=True, eq=False)
class HeadEdges:
    """E edges for H heads, in the order of (target, head, source); E H values lie in this order.

    Node i and head h are together number i H + h, a row. What is derived is computed when first asked for, and once.

    Attributes:
        edges: E of them among N nodes.
        heads: H.
    """

    edges: EdgeList
    heads: int

    @property
    def size(self) -> int:
        """N H."""
        return self.edges.nodes * self.heads

    @property
    def count(self) -> int:
        """E H."""
        return len(self.edges.sources) * self.heads

    @cached_property
    def pointers(self) -> Tensor:
        """(N H + 1,) int64: where the values of each row begin."""
        entering = self.edges.entering.repeat_interleave(self.heads)
        return torch.cat([entering.new_zeros(1), entering.cumsum(0)])

    @cached_property
    def rows(self) -> Tensor:
        """(E H,) number of each value's target and head."""
        each = torch.arange(self.size, device=self.pointers.device)
        return narrow(each.repeat_interleave(self.pointers.diff()), self.size)

    @cached_property
    def columns(self) -> Tensor:
        """(E H,) number of each value's source and head."""
        edge, head = self._edges_and_heads()
        return narrow(self.edges.sources[edge] * self.heads + head, self.size)

    @cached_property
    def from_edges(self) -> Tensor:
        """(E H,) place of each value among edge-by-edge ones, (E, H) flattened."""
        edge, head = self._edges_and_heads()
        return narrow(edge * self.heads + head, self.count)

    @cached_property
    def to_edges(self) -> Tensor:
        """(E H,) place of each edge-by-edge value, (E, H) flattened, among these."""
        return narrow(torch.argsort(self.from_edges), self.count)

    def matrix(self, values: Tensor) -> Tensor:
        """Return ``values`` (E H,) as a sparse matrix (N H, N H)."""
        return csr_matrix(self._narrow_pointers, self.columns, values, (self.size, self.size))

    def turned(self, values: Tensor) -> Tensor:
        """Return the transpose of ``matrix(values)``."""
        order, pointers, columns = self._turned
        return csr_matrix(pointers, columns, values.index_select(0, order), (self.size, self.size))

    def _edges_and_heads(self) -> tuple[Tensor, Tensor]:
        """Return edge and head of each value: the k-th value of a row is the k-th edge of its node."""
        rows = self.rows.to(torch.int64)
        node = rows // self.heads
        edge = torch.arange(self.count, device=rows.device) - self.pointers[rows] + self.edges.pointers[node]
        return edge, rows - node * self.heads

    @cached_property
    def _narrow_pointers(self) -> Tensor:
        return narrow(self.pointers, self.count)

    @cached_property
    def _turned(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the values' order in the transpose, its pointers and its columns."""
        order = torch.argsort(self.columns, stable=True)
        leaving = self.edges.leaving.repeat_interleave(self.heads)
        pointers = torch.cat([leaving.new_zeros(1), leaving.cumsum(0)])
        return narrow(order, self.count), narrow(pointers, self.count), self.rows.index_select(0, order)
