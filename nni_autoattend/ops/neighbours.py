"""What a packed token's neighbours hold; beyond a row's ends there is nothing.

With the two shifts, each the adjoint of the other, a convolution and a maximum over three tokens are written out with
their gradients, which keep only their input.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.layout import TokenLayout

_NOTHING = -1e30
"""Below every value; infinity would give NaN in a difference of two of them."""


def from_before(states: Tensor, layout: TokenLayout, beyond: float = 0.0) -> Tensor:
    """Return at each token what ``states`` (G, T, C) has at the token before it, ``beyond`` at a row's start."""
    shifted = torch.empty_like(states)
    shifted[:, : layout.rows] = beyond
    shifted[:, layout.rows :] = layout.take_before(states)
    return shifted


def from_after(states: Tensor, layout: TokenLayout, beyond: float = 0.0) -> Tensor:
    """Return at each token what ``states`` (G, T, C) has at the token after it, ``beyond`` at a row's end."""
    shifted = torch.full_like(states, beyond)
    layout.put_before(shifted, states[:, layout.rows :])
    return shifted


def convolve3(states: Tensor, matrices: Tensor, biases: Tensor, layout: TokenLayout) -> Tensor:
    """Convolve over three tokens.

    Args:
        states: (G, T, C).
        matrices: (G, 3C, O), for the token before, the token and the one after it.
        biases: (G, 1, O).
        layout: of the T tokens.

    Returns:
        (G, T, O).
    """
    if layout.is_single:  # no neighbours
        width = states.shape[-1]
        return torch.baddbmm(biases, states, matrices[:, width : 2 * width])
    mixed: Tensor = _Convolve3.apply(states, matrices, biases, layout)  # type: ignore[no-untyped-call]
    return mixed


def maximum3(states: Tensor, layout: TokenLayout) -> Tensor:
    """Return the maximum over each token of ``states`` (G, T, C) and its two neighbours."""
    if layout.is_single:
        return states
    pooled: Tensor = _Maximum3.apply(states, layout)  # type: ignore[no-untyped-call]
    return pooled


class _Convolve3(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, matrices: Tensor, biases: Tensor, layout: TokenLayout) -> Tensor:
        ctx.save_for_backward(states, matrices)
        ctx.layout = layout
        return torch.baddbmm(biases, _columns(states, layout), matrices)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        states, matrices = ctx.saved_tensors
        states, matrices = states.to(gradient.dtype), matrices.to(gradient.dtype)  # they differ under autocast
        before, here, after = torch.bmm(gradient, matrices.transpose(1, 2)).chunk(3, dim=-1)
        to_states = here + from_after(before, ctx.layout)
        to_states += from_before(after, ctx.layout)
        to_matrices = torch.bmm(_columns(states, ctx.layout).transpose(1, 2), gradient)
        return to_states, to_matrices, gradient.sum(dim=1, keepdim=True), None


class _Maximum3(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, layout: TokenLayout) -> Tensor:
        ctx.save_for_backward(states)
        ctx.layout = layout
        before, after = from_before(states, layout, _NOTHING), from_after(states, layout, _NOTHING)
        return torch.maximum(torch.maximum(before, after, out=before), states)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (states,) = ctx.saved_tensors
        before, after = from_before(states, ctx.layout, _NOTHING), from_after(states, ctx.layout, _NOTHING)
        neighbours = torch.maximum(before, after)
        here = _where_positive(gradient, states - neighbours)
        beside = gradient - here
        to_before = _where_positive(beside, before.sub_(after))
        here += from_after(to_before, ctx.layout)
        return here.add_(from_before(beside.sub_(to_before), ctx.layout)), None


def _columns(states: Tensor, layout: TokenLayout) -> Tensor:
    """Return (G, T, 3C): the token before, the token, the one after it, side by side."""
    groups, tokens, width = states.shape
    columns = states.new_zeros(groups, tokens, 3 * width)
    columns[:, :, width : 2 * width] = states
    columns[:, layout.rows :, :width] = layout.take_before(states)
    layout.put_before(columns[:, :, 2 * width :], states[:, layout.rows :])
    return columns


def _where_positive(values: Tensor, sign: Tensor) -> Tensor:
    """Return ``values`` where ``sign`` is positive, else zero; many times faster than ``where``."""
    kept: Tensor = torch.ops.aten.threshold_backward(values, sign, 0)
    return kept
