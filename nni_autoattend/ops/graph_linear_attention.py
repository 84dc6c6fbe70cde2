"""Attention to neighbours whoever attends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.edge_scores import summed_scores
from nni_autoattend.ops.graph_heads import projected
from nni_autoattend.ops.graph_scored import ScoredOperation
from nni_autoattend.ops.stacking import stacked

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class LinearAttention(ScoredOperation):
    """Score: tanh(a . W x_j); see ``ScoredOperation``.

    GraphNAS adds two vectors, of which the sum alone matters: here they are one.
    """

    count = 1

    def score(self, targets: Tensor, sources: Tensor) -> Tensor:
        """Score edges; see ``ScoredOperation.score``."""
        return (sources * self.vectors[0]).sum(2).tanh()

    @classmethod
    def scores_together(cls, modules: Sequence[Self], states: Tensor, values: Tensor, layout: GraphLayout) -> Tensor:
        """Score all edges; see ``ScoredOperation.scores_together``."""
        edges = layout.looped.for_heads(modules[0].heads)
        weights = stacked([module.linear.weight for module in modules])
        (sources,) = projected(states, weights, stacked([module.vectors for module in modules]))
        return summed_scores(torch.zeros_like(sources), sources.tanh(), edges)
