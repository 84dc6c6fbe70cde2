"""Edges in the order of their targets, and the way back in the order of their sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from nni_autoattend.datasets.csr import csr_matrix
from nni_autoattend.datasets.head_edges import HeadEdges


@dataclass(frozen=True, eq=False)
class EdgeList:
    """E edges among N nodes, sorted by (target, source); messages flow from sources to targets.

    Attributes:
        sources: (E,) int64.
        targets: (E,) int64, ascending.
        nodes: N.
    """

    sources: Tensor
    targets: Tensor
    nodes: int

    @cached_property
    def pointers(self) -> Tensor:
        """(N + 1,) int64: edges ``pointers[i]`` to ``pointers[i + 1] - 1`` enter node i."""
        return starts_of(self.targets, self.nodes)

    @cached_property
    def by_source(self) -> Tensor:
        """(E,) int64: the edges in the order of (source, target)."""
        return torch.argsort(self.sources, stable=True)

    @cached_property
    def source_pointers(self) -> Tensor:
        """(N + 1,) int64: edges ``by_source[source_pointers[j]]`` and the following ones leave node j."""
        return starts_of(self.sources[self.by_source], self.nodes)

    @cached_property
    def targets_by_source(self) -> Tensor:
        """(E,) int64: the targets in the order of (source, target)."""
        return self.targets[self.by_source]

    @cached_property
    def entering(self) -> Tensor:
        """(N,) int64: edges that enter each node."""
        return self.pointers.diff()

    @cached_property
    def leaving(self) -> Tensor:
        """(N,) int64: edges that leave each node."""
        return self.source_pointers.diff()

    def for_heads(self, heads: int) -> HeadEdges:
        """Return the edges once for each of ``heads`` heads; the same object every time."""
        if heads not in self._for_heads:
            self._for_heads[heads] = HeadEdges(self, heads)
        return self._for_heads[heads]

    def selections(self, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Return two sparse matrices (N, E) of ones: they add up, for each node, the edges that enter and leave it."""
        ones = torch.ones(len(self.sources), dtype=dtype, device=self.sources.device)
        shape = (self.nodes, len(ones))
        entering = csr_matrix(self.pointers, torch.arange(len(ones), device=ones.device), ones, shape)
        return entering, csr_matrix(self.source_pointers, self.by_source, ones, shape)

    @cached_property
    def _for_heads(self) -> dict[int, HeadEdges]:
        return {}


def starts_of(ascending: Tensor, count: int) -> Tensor:
    """Return (count + 1,) int64: where each of the numbers 0 .. count begins in ``ascending`` (E,)."""
    return torch.searchsorted(ascending.contiguous(), torch.arange(count + 1, device=ascending.device))
