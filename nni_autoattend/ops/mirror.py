"""Packed rows read from their ends."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.layout import TokenLayout


def mirrored(states: Tensor, layout: TokenLayout) -> Tensor:
    """Return ``states`` (G, T, C) with each row reversed within its own length."""
    if layout.is_single:
        return states
    turned: Tensor = _Mirror.apply(states, layout.mirrored)  # type: ignore[no-untyped-call]
    return turned


class _Mirror(torch.autograd.Function):
    """Its own inverse, so its gradient takes the same way."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        return states.index_select(1, places)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (places,) = ctx.saved_tensors
        return gradient.index_select(1, places), None
