"""Packed tokens as padded rectangles of rows of similar length, and back."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.layout import TokenLayout


def to_blocks(states: Tensor, layout: TokenLayout) -> list[Tensor]:
    """(G, T, C) -> (G, length, rows, C) for each block; padding repeats a token and must get no gradient."""
    if not layout.is_rectangle:
        states = _Select.apply(states, layout.to_blocks, layout.from_blocks)  # type: ignore[no-untyped-call]
    parts = torch.split(states, [block.length * block.rows for block in layout.blocks], dim=1)
    return [
        part.reshape(part.shape[0], block.length, block.rows, -1)
        for part, block in zip(parts, layout.blocks, strict=True)
    ]


def from_blocks(parts: list[Tensor], layout: TokenLayout) -> Tensor:
    """(G, length, rows, C) for each block -> (G, T, C)."""
    joined = torch.cat([part.flatten(1, 2) for part in parts], dim=1) if len(parts) > 1 else parts[0].flatten(1, 2)
    return joined if layout.is_rectangle else joined.index_select(1, layout.from_blocks)


class _Select(torch.autograd.Function):
    """The way back takes the real places alone."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, to_blocks: Tensor, from_blocks: Tensor) -> Tensor:
        ctx.save_for_backward(from_blocks)
        return states.index_select(1, to_blocks)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (from_blocks,) = ctx.saved_tensors
        return gradient.index_select(1, from_blocks), None, None
