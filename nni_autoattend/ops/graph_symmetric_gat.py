"""Graph attention that scores an edge from both ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.edge_scores import summed_scores
from nni_autoattend.ops.graph_heads import projected
from nni_autoattend.ops.graph_scored import ScoredOperation
from nni_autoattend.ops.stacking import stacked

SLOPE = 0.2
"""Of the scores' leaky ReLU below zero, as for ``GAT``."""

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class SymmetricGAT(ScoredOperation):
    """Score: LeakyReLU(a . W x_i + b . W x_j) + LeakyReLU(a . W x_j + b . W x_i); see ``ScoredOperation``."""

    count = 2

    def score(self, targets: Tensor, sources: Tensor) -> Tensor:
        """Score edges; see ``ScoredOperation.score``."""
        left, right = self.vectors
        forth = (targets * left).sum(2) + (sources * right).sum(2)
        back = (sources * left).sum(2) + (targets * right).sum(2)
        return F.leaky_relu(forth, SLOPE) + F.leaky_relu(back, SLOPE)

    @classmethod
    def scores_together(cls, modules: Sequence[Self], states: Tensor, values: Tensor, layout: GraphLayout) -> Tensor:
        """Score all edges; see ``ScoredOperation.scores_together``."""
        edges = layout.looped.for_heads(modules[0].heads)
        weights = stacked([module.linear.weight for module in modules])
        left, right = projected(states, weights, stacked([module.vectors for module in modules]))
        forth, back = summed_scores(left, right, edges), summed_scores(right, left, edges)
        return F.leaky_relu(forth, SLOPE) + F.leaky_relu(back, SLOPE)
