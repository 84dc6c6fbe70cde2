"""Two GRUs over time in one loop, with the backward pass written out.

torch's GRU on a CPU keeps some twenty tensors per token for autograd, which made them the largest part of a supernet
step's memory; here six are kept, at no cost in time. Equal to ``nn.GRU``, the plain reference.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

_WEIGHTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def scan_pair(states: Tensor, first: nn.GRU, second: nn.GRU) -> Tensor:
    """Run ``first`` over ``states[0]`` and ``second`` over ``states[1]``, each from a zero state.

    Args:
        states: (2, L, B, C), time before batch.
        first: a one-layer GRU of C channels in and out, for the first half.
        second: the same, for the second half.

    Returns:
        (2, L, B, C), all hidden states.
    """
    weights = [torch.stack((getattr(first, name), getattr(second, name))) for name in _WEIGHTS]
    outputs: Tensor = _Scan.apply(states, *weights)  # type: ignore[no-untyped-call]
    return outputs


class _Scan(torch.autograd.Function):
    """h = n + z (h' - n), n = tanh(x_n + r (W h' + b)_n), r and z the gates (Cho et al. 2014, as in ``nn.GRU``)."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, w_in: Tensor, w_hidden: Tensor, b_in: Tensor, b_hidden: Tensor) -> Tensor:
        pair, length, batch, width = states.shape
        projected = _times(states, w_in.transpose(1, 2), b_in)  # (2, L, B, 3C)
        gates = torch.empty_like(projected)  # r, z, n
        candidate = states.new_empty(pair, length, batch, width)  # (W h' + b)_n
        outputs = torch.empty_like(candidate)
        hidden, turned, bias = states.new_zeros(pair, batch, width), w_hidden.transpose(1, 2), b_hidden[:, None]
        for t in range(length):
            recurrent = torch.baddbmm(bias, hidden, turned)  # (2, B, 3C)
            now, reset_update, new = projected[:, t], gates[:, t, :, : 2 * width], gates[:, t, :, 2 * width :]
            torch.add(now[..., : 2 * width], recurrent[..., : 2 * width], out=reset_update).sigmoid_()
            candidate[:, t] = recurrent[..., 2 * width :]
            torch.addcmul(now[..., 2 * width :], reset_update[..., :width], candidate[:, t], out=new).tanh_()
            hidden = torch.lerp(new, hidden, reset_update[..., width:])
            outputs[:, t] = hidden
        ctx.save_for_backward(states, w_in, w_hidden, gates, candidate, outputs)
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        states, w_in, w_hidden, gates, candidate, outputs = ctx.saved_tensors
        reset, update, new = gates.chunk(3, dim=-1)
        before = torch.cat((torch.zeros_like(outputs[:, :1]), outputs[:, :-1]), dim=1)  # h'
        to_new = (1 - update) * (1 - new * new)
        to_reset = to_new * candidate * reset * (1 - reset)
        to_update = (before - new) * update * (1 - update)
        factors = torch.stack((to_reset, to_update, to_new * reset), dim=3)  # (2, L, B, 3, C)
        arrived, recurrent = _walk_back(gradient, factors, update, w_hidden)
        projected = torch.cat((recurrent[..., : -states.shape[-1]], arrived * to_new), dim=-1)
        return (
            _times(projected, w_in),
            _outer(projected, states),
            _outer(recurrent, before),
            projected.sum(dim=(1, 2)),
            recurrent.sum(dim=(1, 2)),
        )


def _walk_back(gradient: Tensor, factors: Tensor, update: Tensor, w_hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients that arrive at each hidden state (2, L, B, C) and at each W h' + b (2, L, B, 3C)."""
    arrived, recurrent = torch.empty_like(gradient), torch.empty_like(factors)
    carried = torch.zeros_like(gradient[:, 0])
    for t in reversed(range(gradient.shape[1])):
        here = torch.add(gradient[:, t], carried, out=arrived[:, t])
        torch.mul(factors[:, t], here.unsqueeze(2), out=recurrent[:, t])
        carried = torch.baddbmm(here * update[:, t], recurrent[:, t].flatten(2), w_hidden)
    return arrived, recurrent.flatten(3)


def _times(states: Tensor, matrices: Tensor, bias: Tensor | None = None) -> Tensor:
    """(2, L, B, I) times (2, I, O) plus (2, O) -> (2, L, B, O)."""
    flat = states.flatten(1, 2)
    product = torch.bmm(flat, matrices) if bias is None else torch.baddbmm(bias[:, None], flat, matrices)
    return product.view(*states.shape[:3], -1)


def _outer(left: Tensor, right: Tensor) -> Tensor:
    """(2, L, B, O), (2, L, B, I) -> (2, O, I), summed over L and B."""
    return torch.bmm(left.flatten(1, 2).transpose(1, 2), right.flatten(1, 2))
