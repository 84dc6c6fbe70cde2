"""Multi-head attention over packed tokens, without projections: those are the edges of the architecture."""

from torch import Tensor

from nni_autoattend.attention.long_rows import attend_long
from nni_autoattend.attention.short_rows import attend_short
from nni_autoattend.datasets.layout import Block, TokenLayout
from nni_autoattend.ops.blocks import from_blocks, to_blocks
from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.noise import Noise

_SHORT = 5
"""Rows up to this length have their pairs written out; measured to be faster on a CPU up to about here."""


def attend(
    query: Tensor, key: Tensor, value: Tensor, layout: TokenLayout, heads: int, rate: float, noise: Noise | None
) -> Tensor:
    """Attend within each row; equal to ``multi_head.MultiHeadAttention``, the plain reference.

    Args:
        query: (G, T, C), packed.
        key: (G, T, C).
        value: (G, T, C).
        layout: of the T tokens.
        heads: they divide the channels.
        rate: dropout on the attention weights.
        noise: its randomness, if there is any.

    Returns:
        (G, T, C).
    """
    scaled = query * (query.shape[-1] // heads) ** -0.5
    queries, keys, values = (to_blocks(states, layout) for states in (scaled, key, value))
    attended = [
        _attend_block(*operands, heads, rate, noise)
        for operands in zip(queries, keys, values, layout.blocks, strict=True)
    ]
    return from_blocks(attended, layout)


def _attend_block(
    query: Tensor, key: Tensor, value: Tensor, block: Block, heads: int, rate: float, noise: Noise | None
) -> Tensor:
    """Attend within the rows of a block; all tensors (G, length, rows, C)."""
    if block.length == 1:  # each token has all of its own attention; dropout takes a head's as a whole
        whole = thin(value.new_ones(*value.shape[:-1], heads, 1), rate, noise)
        return (value.view(*value.shape[:-1], heads, -1) * whole).view(value.shape)
    kernel = attend_short if block.length <= _SHORT else attend_long
    return kernel(query, key, value, block.real, heads, rate, noise)
