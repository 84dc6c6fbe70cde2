"""Multi-head attention whose projections are the edges of the architecture."""

import torch.nn.functional as F
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention of several heads, without any weights of its own.

    Equal to ``nn.MultiheadAttention`` with identity projections and no biases, as in AutoAttend's released code: Query,
    Key and Value are made by the edge operations before it.

    Args:
        heads: number of heads; they divide the channels.
        dropout: rate on the attention weights while training.
    """

    def __init__(self, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
        """Attend from every position to the real ones.

        Args:
            query: (B, L, C).
            key: (B, L, C).
            value: (B, L, C).
            mask: (B, L) bool, true at real tokens; at least one in each row.

        Returns:
            (B, L, C); finite but meaningless at padded positions.
        """
        attended = F.scaled_dot_product_attention(
            self._split(query),
            self._split(key),
            self._split(value),
            attn_mask=mask[:, None, None, :],  # the same keys for every head and query
            dropout_p=self.dropout if self.training else 0.0,
        )
        return attended.transpose(1, 2).reshape(query.shape)

    def _split(self, states: Tensor) -> Tensor:
        """(B, L, C) -> (B, heads, L, C / heads), without a copy."""
        rows, length, width = states.shape
        return states.view(rows, length, self.heads, width // self.heads).transpose(1, 2)
