"""What a functional layer of a network on a graph does with its operands: add them, or attend to neighbours."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.architecture import LayerKind
from nni_autoattend.attention.neighbourhood import NeighbourhoodAttention
from nni_autoattend.attention.neighbourhood_sparse import attend_neighbours
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.network.aggregation import Aggregation
from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings_graph import GraphShape


class GraphAddition(Aggregation[GraphLayout]):
    """Dropout of the sum of one or two operands (one: the other was ``zero``), then the norm, if there is one."""

    def __init__(self, shape: GraphShape) -> None:
        super().__init__()
        self.dropout = shape.aggregation_dropout
        self.norm = build_norm(shape)

    def forward(self, operands: Sequence[Tensor], layout: GraphLayout) -> Tensor:
        """Add ``operands``, each (N, C)."""
        total = operands[0] if len(operands) == 1 else operands[0] + operands[1]
        added: Tensor = self.norm(F.dropout(total, self.dropout, self.training))
        return added

    def together(self, operands: Sequence[Tensor], layout: GraphLayout, noise: Noise | None) -> Tensor:
        """Finish the sums; see ``Aggregation.together``."""
        (total,) = operands
        added: Tensor = self.norm(thin(total, self.dropout, noise))
        return added


class NeighbourhoodAggregation(Aggregation[GraphLayout]):
    """Attention to neighbours, dropout, the Query added where the network has residuals, then the norm, if any.

    The released graph space has the same two options, both off: it adds the Query operand, and normalises by batch.
    """

    def __init__(self, shape: GraphShape) -> None:
        super().__init__()
        self.attention = NeighbourhoodAttention(shape.heads, shape.attention_dropout)
        self.dropout, self.residual = shape.aggregation_dropout, shape.residual
        self.norm = build_norm(shape)

    def forward(self, operands: Sequence[Tensor], layout: GraphLayout) -> Tensor:
        """Attend with ``operands`` = Query, Key, Value, each (N, C)."""
        query, key, value = operands
        attended = F.dropout(self.attention(query, key, value, layout), self.dropout, self.training)
        return self._finish(query, attended)

    def together(self, operands: Sequence[Tensor], layout: GraphLayout, noise: Noise | None) -> Tensor:
        """Attend; see ``Aggregation.together``."""
        query, key, value = operands
        attended = attend_neighbours(query, key, value, layout, self.attention.heads, self.attention.dropout, noise)
        return self._finish(query, thin(attended, self.dropout, noise))

    def _finish(self, query: Tensor, attended: Tensor) -> Tensor:
        finished: Tensor = self.norm(attended + query if self.residual else attended)
        return finished


def build_norm(shape: GraphShape) -> nn.Module:
    """Build what ends a functional layer: a norm of each node's channels, or nothing."""
    return nn.LayerNorm(shape.width) if shape.normalise == "layer" else nn.Identity()


def build_graph_aggregation(kind: LayerKind, shape: GraphShape) -> Aggregation[GraphLayout]:
    """Build the aggregation of a layer of ``kind``; its ``forward`` takes (operands, layout)."""
    return GraphAddition(shape) if kind == "addition" else NeighbourhoodAggregation(shape)
