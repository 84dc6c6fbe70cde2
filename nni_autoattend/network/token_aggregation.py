"""What a functional layer of a text network does with its operands: add them, or attend."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.architecture import LayerKind
from nni_autoattend.attention.multi_head import MultiHeadAttention
from nni_autoattend.attention.packed import attend
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.network.aggregation import Aggregation
from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.token_operation import keep_real
from nni_autoattend.settings import NetworkShape


class AdditionAggregation(Aggregation[TokenLayout]):
    """Dropout of the sum of one or two operands (one: the other was ``zero``); no norm."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.dropout = shape.aggregation_dropout

    def forward(self, operands: Sequence[Tensor], mask: Tensor) -> Tensor:
        """Add ``operands``, each (B, L, C) and zero where ``mask`` (B, L) is false; so is the result."""
        total = operands[0] if len(operands) == 1 else operands[0] + operands[1]
        return F.dropout(total, self.dropout, self.training)

    def together(self, operands: Sequence[Tensor], layout: TokenLayout, noise: Noise | None) -> Tensor:
        """Drop out of the sums; see ``Aggregation.together``."""
        (total,) = operands
        return thin(total, self.dropout, noise)


class AttentionAggregation(Aggregation[TokenLayout]):
    """Multi-head attention, dropout, then a learned norm; no residual around it."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(shape.heads, shape.attention_dropout)
        self.dropout = shape.aggregation_dropout
        self.norm = nn.LayerNorm(shape.width)

    def forward(self, operands: Sequence[Tensor], mask: Tensor) -> Tensor:
        """Attend with ``operands`` = Query, Key, Value, each (B, L, C); the result is zero where ``mask`` is false."""
        query, key, value = operands
        attended = F.dropout(self.attention(query, key, value, mask), self.dropout, self.training)
        return keep_real(self.norm(attended), mask)

    def together(self, operands: Sequence[Tensor], layout: TokenLayout, noise: Noise | None) -> Tensor:
        """Attend; see ``Aggregation.together``."""
        query, key, value = operands
        attended = attend(query, key, value, layout, self.attention.heads, self.attention.dropout, noise)
        normed: Tensor = self.norm(thin(attended, self.dropout, noise))
        return normed


def build_token_aggregation(kind: LayerKind, shape: NetworkShape) -> Aggregation[TokenLayout]:
    """Build the aggregation of a layer of ``kind``; its ``forward`` takes (operands, mask)."""
    return AdditionAggregation(shape) if kind == "addition" else AttentionAggregation(shape)
