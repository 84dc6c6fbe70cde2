"""Attention for rows of a few tokens: all pairs written out element by element.

Batched products of matrices of 5 x 8 cost their calls, and a softmax over 5 entries its loop. Here rows and heads are
the innermost dimension, so that every sum runs over long vectors. The pairs take length x length x C numbers for each
row, so rows must be short.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.ops.dropout import draw_survivors
from nni_autoattend.ops.noise import Noise


def attend_short(
    query: Tensor, key: Tensor, value: Tensor, real: Tensor | None, heads: int, rate: float, noise: Noise | None
) -> Tensor:
    """Attend within each row.

    Args:
        query: (G, L, R, C), scaled already.
        key: (G, L, R, C).
        value: (G, L, R, C).
        real: (L, R) bool, true at tokens; ``None``: all are.
        heads: they divide the channels.
        rate: dropout on the attention weights.
        noise: its randomness, if there is any.

    Returns:
        (G, L, R, C).
    """
    groups, length, rows, width = query.shape
    innermost = (_rows_innermost(states, heads) for states in (query, key, value))
    kept = None if real is None else real.to(query.dtype).repeat_interleave(heads, dim=1).repeat(1, groups)  # (L, N)
    survivors = draw_survivors((length, length, groups * rows * heads), rate, noise, query)
    attended: Tensor = _AttendShort.apply(*innermost, kept, survivors)  # type: ignore[no-untyped-call]
    split = attended.view(length, width // heads, groups, rows, heads)
    return split.permute(2, 0, 3, 4, 1).reshape(query.shape)


class _AttendShort(torch.autograd.Function):
    """States lie as (L, C / heads, N), weights as (query, key, N); N counts groups, rows and heads.

    Padding repeats a token of its row, so its scores are no larger than the largest and its weights can be struck out
    after the exponential, which is slow at infinities. Weights have at least single precision, also under autocast.
    """

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, real: Tensor | None, survivors: Tensor | None
    ) -> Tensor:
        weights = _inner(query.to(torch.promote_types(query.dtype, torch.float32)), key)
        weights.sub_(weights.amax(dim=1, keepdim=True)).exp_()
        if real is not None:
            weights *= real
        weights.div_(weights.sum(dim=1, keepdim=True))
        ctx.save_for_backward(query, key, value, weights, survivors)
        return _mixed(weights if survivors is None else weights * survivors, value)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        query, key, value, weights, survivors = ctx.saved_tensors
        kept = weights if survivors is None else weights * survivors
        to_weights = _inner(gradient, value).mul_(kept)  # the softmax's factor, and the survivors'
        to_scores = to_weights.addcmul_(weights, to_weights.sum(dim=1, keepdim=True), value=-1)
        turned = to_scores.transpose(0, 1)
        return _mixed(to_scores, key), _mixed(turned, query), _mixed(kept.transpose(0, 1), gradient), None, None


def _inner(left: Tensor, right: Tensor) -> Tensor:
    """(I, D, N), (J, D, N) -> inner products (I, J, N)."""
    products = left[:, None, 0] * right[:, 0]
    for channel in range(1, left.shape[1]):
        products.addcmul_(left[:, None, channel], right[:, channel])
    return products


def _mixed(weights: Tensor, states: Tensor) -> Tensor:
    """(I, J, N), (J, D, N) -> sums over J weighted for each I, (I, D, N)."""
    mixed = weights[:, 0, None] * states[0]
    for place in range(1, len(states)):
        mixed.addcmul_(weights[:, place, None], states[place])
    return mixed


def _rows_innermost(states: Tensor, heads: int) -> Tensor:
    """(G, L, R, C) -> (L, C / heads, G R heads)."""
    groups, length, rows, width = states.shape
    split = states.view(groups, length, rows, heads, width // heads)
    return split.permute(1, 4, 0, 2, 3).reshape(length, width // heads, groups * rows * heads)
