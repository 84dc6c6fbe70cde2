"""Attention by weighted inner products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.edge_scores import inner_scores
from nni_autoattend.ops.graph_scored import ScoredOperation
from nni_autoattend.ops.stacking import stacked

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class Cosine(ScoredOperation):
    """Score: sum over the channels of a head of a W x_i W x_j; see ``ScoredOperation``.

    GraphNAS calls it cosine, and weighs both factors: of the weights their product alone matters, here it is one.
    """

    count = 1

    def score(self, targets: Tensor, sources: Tensor) -> Tensor:
        """Score edges; see ``ScoredOperation.score``."""
        return (targets * self.vectors[0] * sources).sum(2)

    @classmethod
    def scores_together(cls, modules: Sequence[Self], states: Tensor, values: Tensor, layout: GraphLayout) -> Tensor:
        """Score all edges; see ``ScoredOperation.scores_together``."""
        edges = layout.looped.for_heads(modules[0].heads)
        weights = stacked([module.vectors for module in modules]).flatten(2)  # (G, 1, C)
        return inner_scores(values * weights, values, edges)
