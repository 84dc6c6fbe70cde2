"""Dropout on packed states."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.ops.noise import Noise, share_dropped


def thin(values: Tensor, rate: float, noise: Noise | None) -> Tensor:
    """Zero each element with probability ``rate`` and scale the others by 1 / (1 - rate), as ``F.dropout``.

    Args:
        values: any shape.
        rate: probability in [0, 1).
        noise: the randomness; ``None``: nothing is dropped (evaluation).
    """
    if noise is None or rate == 0.0:
        return values
    if values.device.type != "cpu":
        return F.dropout(values, rate)
    return values * noise.survivors(values.shape, rate)


def thin_relu(values: Tensor, rate: float, noise: Noise | None) -> Tensor:
    """Return ``thin(relu(values), rate, noise)``; ``values`` is overwritten."""
    if values.device.type != "cpu":
        return thin(F.relu(values), rate, noise)
    survivors = draw_survivors(values.shape, rate, noise, values)
    thinned: Tensor = _ThinRelu.apply(values, survivors, 1 / (1 - share_dropped(rate)))  # type: ignore[no-untyped-call]
    return thinned


def draw_survivors(shape: Sequence[int], rate: float, noise: Noise | None, like: Tensor) -> Tensor | None:
    """Return what dropout multiplies ``shape`` elements on the device of ``like`` with.

    That is zero where an element is dropped and 1 / (1 - ``rate``) where it stays; ``None``: nothing is dropped.
    """
    if noise is None or rate == 0.0:
        return None
    if like.device.type != "cpu":
        return F.dropout(like.new_ones(tuple(shape)), rate)
    return noise.survivors(shape, rate)


class _ThinRelu(torch.autograd.Function):
    """Keeps the result alone: what is positive there was neither cut nor dropped."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, survivors: Tensor | None, scale: float) -> Tensor:
        ctx.mark_dirty(values)
        ctx.scale = 1.0 if survivors is None else scale
        values.relu_()
        if survivors is not None:
            values.mul_(survivors)
        ctx.save_for_backward(values)
        return values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (result,) = ctx.saved_tensors
        passed = torch.ops.aten.threshold_backward(gradient, result, 0)
        return (passed if ctx.scale == 1.0 else passed.mul_(ctx.scale)), None, None
