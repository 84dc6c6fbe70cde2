"""What the scored operations of GraphNAS's macro space have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.utils import scatter, softmax

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.edge_gathering import gather_by_scores
from nni_autoattend.ops.graph_heads import channels_of_head
from nni_autoattend.ops.graph_operation import GraphOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings_graph import Activation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class ScoredOperation(GraphOperation):
    """Softmax over neighbours j, the node i itself among them, of a score of (W x_i, W x_j); sum of W x_j, + b.

    Source: GraphNAS (Gao et al. 2020), table 1, and its released code. A subclass says what the score is.

    Args:
        width: channels in and out.
        dropout: rate on the input, and on the attention weights.
        activation: name of what follows.
        heads: they divide the width; the heads' results stand side by side.

    Attributes:
        vectors: (K, H, C / H), the K weight vectors of each head's score; a subclass sets ``count`` = K.

    Raises:
        ValueError: the heads do not divide the width.
    """

    count: ClassVar[int]

    def __init__(self, width: int, dropout: float, activation: Activation, heads: int) -> None:
        super().__init__(dropout, activation)
        each = channels_of_head(width, heads)
        self.heads = heads
        self.linear = nn.Linear(width, width, bias=False)
        self.vectors = nn.Parameter(torch.empty(self.count, heads, each))
        self.bias = nn.Parameter(torch.zeros(width))
        nn.init.xavier_uniform_(self.linear.weight)
        nn.init.xavier_uniform_(self.vectors)

    def convolve(self, states: Tensor, layout: GraphLayout) -> Tensor:
        """Attend with ``states`` (N, C), written out edge by edge."""
        sources, targets = layout.looped.sources, layout.looped.targets
        values = self.linear(states).view(len(states), self.heads, -1)  # (N, H, C / H)
        scores = self.score(values[targets], values[sources])
        weights = F.dropout(softmax(scores, targets, num_nodes=layout.nodes), self.dropout, self.training)
        gathered: Tensor = scatter(weights.unsqueeze(2) * values[sources], targets, dim_size=layout.nodes)
        return gathered.flatten(1) + self.bias

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Attend with ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        edges = layout.looped.for_heads(modules[0].heads)
        values = mapped(states, [module.linear.weight for module in modules])
        scores = cls.scores_together(modules, states, values, layout)
        bias = torch.stack([module.bias for module in modules]).unsqueeze(1)
        return gather_by_scores(scores, values, edges, modules[0].dropout, noise) + bias

    @abstractmethod
    def score(self, targets: Tensor, sources: Tensor) -> Tensor:
        """Score edges by W x at their two ends, each (E, H, C / H); return (E, H)."""

    @classmethod
    @abstractmethod
    def scores_together(cls, modules: Sequence[Self], states: Tensor, values: Tensor, layout: GraphLayout) -> Tensor:
        """Score all edges, each node's own loop among them.

        Args:
            modules: G of them.
            states: X, (G, N, C).
            values: X W, (G, N, C).
            layout: of the N nodes.

        Returns:
            (G, E H) in the order of ``layout.looped.for_heads``.
        """
