"""Many GRUs over packed tokens in one loop, with the backward pass written out.

A step computes the rows that still have a token, and no padding; all GRUs take it in one batched call. For the
backward pass the gates and the hidden states are kept, a fraction of what autograd would keep. Equal to ``nn.GRU`` on a
packed sequence, the plain reference.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.layout import TokenLayout


def scan(projected: Tensor, w_hidden: Tensor, b_new: Tensor, layout: TokenLayout) -> Tensor:
    """Run G GRUs from a zero state: h = n + z (h' - n), n = tanh(x_n + r (W h' + b)_n), r and z the gates.

    Source of the formulas: Cho et al. 2014, in the variant of ``nn.GRU``.

    Args:
        projected: (G, T, 3C), the projected inputs of r, z and n; those of the gates with both their biases.
        w_hidden: (G, 3C, C), the recurrent matrices.
        b_new: (G, 1, C), the recurrent bias of n.
        layout: of the T tokens.

    Returns:
        (G, T, C), all hidden states.
    """
    weights = (w_hidden.to(projected.dtype), b_new.to(projected.dtype))  # that of the projection under autocast
    outputs: Tensor = _Scan.apply(projected, *weights, layout)  # type: ignore[no-untyped-call]
    return outputs


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, projected: Tensor, w_hidden: Tensor, b_new: Tensor, layout: TokenLayout) -> Tensor:
        groups, tokens, _ = projected.shape
        width = w_hidden.shape[-1]
        gates = projected.new_empty(groups, tokens, 2 * width)  # r, z
        new, outputs = (projected.new_empty(groups, tokens, width) for _ in range(2))
        entering = torch.split(projected, [2 * width, width], dim=-1)
        steps = zip(
            *(torch.split(part, list(layout.counts), dim=1) for part in (*entering, gates, new, outputs)), strict=True
        )
        turned = w_hidden.transpose(1, 2)
        hidden: Tensor | None = None
        for to_gates, to_new, gates_now, new_now, hidden_now in steps:
            reset, update = torch.split(gates_now, width, dim=-1)
            if hidden is None:  # zero
                torch.sigmoid(to_gates, out=gates_now)
                torch.addcmul(to_new, reset, b_new, out=new_now).tanh_()
                torch.addcmul(new_now, new_now, update, value=-1, out=hidden_now)
            else:
                hidden = hidden[:, : hidden_now.shape[1]]
                from_gates, candidate = torch.split(torch.bmm(hidden, turned), [2 * width, width], dim=-1)
                torch.add(to_gates, from_gates, out=gates_now).sigmoid_()
                torch.addcmul(to_new, reset, candidate.add_(b_new), out=new_now).tanh_()
                torch.lerp(new_now, hidden, update, out=hidden_now)
            hidden = hidden_now
        ctx.save_for_backward(w_hidden, b_new, gates, new, outputs)
        ctx.layout = layout
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        w_hidden, b_new, gates, new, outputs = ctx.saved_tensors
        width, first = outputs.shape[-1], ctx.layout.rows
        before = ctx.layout.take_before(outputs)  # h', (G, T - R, C)
        factors, to_new = _factors(w_hidden, b_new, gates, new, before, first)
        update = gates[..., width:]
        arrived = _walk_back(gradient, factors, update, w_hidden, ctx.layout)
        to_b_new = factors[..., 2 * width :].sum(dim=1, keepdim=True)
        to_hidden = torch.bmm(factors[:, first:].transpose(1, 2), before)
        torch.mul(arrived, to_new, out=factors[..., 2 * width :])  # from W h' + b to the projection
        return factors, to_hidden, to_b_new, None


def _factors(
    w_hidden: Tensor, b_new: Tensor, gates: Tensor, new: Tensor, before: Tensor, first: int
) -> tuple[Tensor, Tensor]:
    """Return what a hidden state's gradient is multiplied by on its way to (W h' + b) (G, T, 3C) and to x_n (G, T, C).

    The ``first`` tokens have no ``before``.
    """
    width = new.shape[-1]
    reset, update = torch.split(gates, width, dim=-1)
    factors = new.new_empty(*new.shape[:2], 3 * width)
    to_reset, to_update, to_candidate = torch.split(factors, width, dim=-1)
    one = new.new_ones(())
    flat = torch.addcmul(one, new, new, value=-1)  # tanh'
    to_new = torch.addcmul(flat, flat, update, value=-1)
    torch.mul(to_new, reset, out=to_candidate)
    open_ = torch.addcmul(one, one, reset, value=-1)  # the gate's slope is r (1 - r); the r is in to_candidate
    torch.mul(open_[:, :first], b_new, out=open_[:, :first])
    open_[:, first:].mul_(torch.baddbmm(b_new, before, w_hidden[:, 2 * width :].transpose(1, 2)))
    torch.mul(to_candidate, open_, out=to_reset)
    difference = torch.neg(new)
    difference[:, first:] += before
    slope = torch.addcmul(update, update, update, value=-1)  # z (1 - z)
    torch.mul(difference, slope, out=to_update)
    return factors, to_new


def _walk_back(gradient: Tensor, factors: Tensor, update: Tensor, w_hidden: Tensor, layout: TokenLayout) -> Tensor:
    """Return the gradients that arrive at the hidden states (G, T, C); ``factors`` become those at W h' + b."""
    groups, tokens, width = gradient.shape
    arrived = gradient.clone(memory_format=torch.contiguous_format)
    threefold = factors.view(groups, tokens, 3, width)
    steps = zip(
        *(torch.split(part, list(layout.counts), dim=1) for part in (arrived, threefold, factors, update)), strict=True
    )
    carried: Tensor | None = None
    for number, (here, threefold_now, factors_now, update_now) in reversed(list(enumerate(steps))):
        if carried is not None:
            here[:, : carried.shape[1]] += carried
        threefold_now.mul_(here.unsqueeze(2))
        if number:
            carried = torch.baddbmm(here * update_now, factors_now, w_hidden)
    return arrived
