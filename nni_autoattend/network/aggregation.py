"""What a functional layer does with its operands: add them, or attend."""

from collections.abc import Sequence

from torch import Tensor, nn

from nni_autoattend.architecture import LayerKind
from nni_autoattend.attention.multi_head import MultiHeadAttention
from nni_autoattend.ops.dropout import Dropout
from nni_autoattend.ops.operation import keep_real
from nni_autoattend.settings import NetworkShape


class AdditionAggregation(nn.Module):
    """Dropout of the sum of one or two operands (one: the other was ``zero``); no norm."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.dropout = Dropout(shape.aggregation_dropout)

    def forward(self, operands: Sequence[Tensor], mask: Tensor) -> Tensor:
        """Add ``operands``, each (B, L, C) and zero where ``mask`` (B, L) is false; so is the result."""
        total = operands[0] if len(operands) == 1 else operands[0] + operands[1]
        return self.dropout(total)  # type: ignore[no-any-return]  # nn.Module calls give Any


class AttentionAggregation(nn.Module):
    """Multi-head attention, dropout, then a learned norm; no residual around it."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(shape.heads, shape.attention_dropout)
        self.dropout = Dropout(shape.aggregation_dropout)
        self.norm = nn.LayerNorm(shape.width)

    def forward(self, operands: Sequence[Tensor], mask: Tensor) -> Tensor:
        """Attend with ``operands`` = Query, Key, Value, each (B, L, C); the result is zero where ``mask`` is false."""
        query, key, value = operands
        attended = self.dropout(self.attention(query, key, value, mask))
        return keep_real(self.norm(attended), mask)


def build_aggregation(kind: LayerKind, shape: NetworkShape) -> nn.Module:
    """Build the aggregation of a layer of ``kind``; called with (operands, mask)."""
    return AdditionAggregation(shape) if kind == "addition" else AttentionAggregation(shape)
