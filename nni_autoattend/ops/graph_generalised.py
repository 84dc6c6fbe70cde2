"""Attention by a small network on both ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.edge_tanh import tanh_scores
from nni_autoattend.ops.graph_scored import ScoredOperation
from nni_autoattend.ops.stacking import stacked

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class GeneralisedLinear(ScoredOperation):
    """Score: c . tanh(a W x_i + b W x_j), a and b by channel; see ``ScoredOperation``.

    GraphNAS shares c among the heads; here each has its own.
    """

    count = 3

    def score(self, targets: Tensor, sources: Tensor) -> Tensor:
        """Score edges; see ``ScoredOperation.score``."""
        left, right, outer = self.vectors
        scores: Tensor = ((targets * left + sources * right).tanh() * outer).sum(2)
        return scores

    @classmethod
    def scores_together(cls, modules: Sequence[Self], states: Tensor, values: Tensor, layout: GraphLayout) -> Tensor:
        """Score all edges; see ``ScoredOperation.scores_together``."""
        vectors = stacked([module.vectors for module in modules])  # (G, 3, H, C / H)
        left, right, outer = vectors.flatten(2).unsqueeze(2).unbind(1)  # (G, 1, C)
        return tanh_scores(values * left, values * right, outer, layout.looped, modules[0].heads)
