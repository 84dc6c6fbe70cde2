"""Multi-head attention whose projections are the edges of the architecture: the plain reference."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention of several heads, without any weights of its own.

    As in AutoAttend's released code: torch's own multi-head attention whose projections are identities, because Query,
    Key and Value are made by the edge operations before it. What runs is ``attention.packed``, equal and many times
    faster.

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
        width = query.shape[-1]
        identity = torch.eye(width, dtype=query.dtype, device=query.device)
        attended, _ = F.multi_head_attention_forward(
            query.transpose(0, 1),
            key.transpose(0, 1),
            value.transpose(0, 1),
            embed_dim_to_check=width,
            num_heads=self.heads,
            in_proj_weight=identity.repeat(3, 1),
            in_proj_bias=None,
            bias_k=None,
            bias_v=None,
            add_zero_attn=False,
            dropout_p=self.dropout,
            out_proj_weight=identity,
            out_proj_bias=None,
            training=self.training,
            key_padding_mask=~mask,
            need_weights=False,
        )
        return attended.transpose(0, 1)
