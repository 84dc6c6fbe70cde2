"""Attention for rows of many tokens: batched products of matrices, one per row and head."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.ops.dropout import draw_survivors
from nni_autoattend.ops.noise import Noise


def attend_long(
    query: Tensor, key: Tensor, value: Tensor, real: Tensor | None, heads: int, rate: float, noise: Noise | None
) -> Tensor:
    """Attend within each row; arguments and result as those of ``short_rows.attend_short``."""
    groups, length, rows, _ = query.shape
    survivors = draw_survivors((groups * rows * heads, length, length), rate, noise, query)
    mask = None if real is None else real.T.to(query.dtype).repeat_interleave(heads, dim=0).repeat(groups, 1)
    attended: Tensor = _AttendLong.apply(  # type: ignore[no-untyped-call]
        _by_head(query, heads), _by_head(key, heads), _by_head(value, heads), mask, survivors
    )
    split = attended.view(groups, rows * heads, length, -1).transpose(1, 2)
    return split.reshape(query.shape)


class _AttendLong(torch.autograd.Function):
    """States lie as (N, L, C / heads), weights as (N, query, key); N counts groups, rows and heads.

    The softmax is written out: torch's takes twice as long over rows of 20. As in ``short_rows``, padding repeats a
    token of its row, so its weights can be struck out after the exponential. Weights have at least single precision;
    under autocast the products around them have less, also in the backward pass, which autocast does not see.
    """

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, real: Tensor | None, survivors: Tensor | None
    ) -> Tensor:
        weights = _inner(query, key)
        weights = weights.to(torch.promote_types(weights.dtype, torch.float32))
        weights.sub_(weights.amax(dim=2, keepdim=True)).exp_()
        if real is not None:
            weights *= real.unsqueeze(1)
        weights.div_(weights.sum(dim=2, keepdim=True))
        ctx.save_for_backward(query, key, value, weights, survivors)
        kept = weights if survivors is None else weights * survivors
        return torch.bmm(kept.to(value.dtype), value)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        query, key, value, weights, survivors = ctx.saved_tensors
        kept = weights if survivors is None else weights * survivors
        query, key, value = (states.to(gradient.dtype) for states in (query, key, value))
        to_value = torch.bmm(kept.transpose(1, 2).to(gradient.dtype), gradient)
        to_weights = _inner(gradient, value).to(weights.dtype).mul_(kept)  # the softmax's factor, and the survivors'
        to_weights.addcmul_(weights, to_weights.sum(dim=2, keepdim=True), value=-1)
        to_scores = to_weights.to(gradient.dtype)
        return torch.bmm(to_scores, key), torch.bmm(to_scores.transpose(1, 2), query), to_value, None, None


def _inner(left: Tensor, right: Tensor) -> Tensor:
    """(N, I, D), (N, J, D) -> inner products (N, I, J); copied to lie as it is read, the product takes half as long."""
    return torch.bmm(left, right.transpose(1, 2).contiguous())


def _by_head(states: Tensor, heads: int) -> Tensor:
    """(G, L, R, C) -> (G R heads, L, C / heads)."""
    groups, length, rows, width = states.shape
    split = states.view(groups, length, rows * heads, width // heads)
    return split.transpose(1, 2).reshape(groups * rows * heads, length, width // heads)
