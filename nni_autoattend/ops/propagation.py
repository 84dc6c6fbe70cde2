"""Messages along the edges of a graph, weighted by constants."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.graph_layout import GraphLayout, MessageWeights, Propagation
from nni_autoattend.ops.sparse_products import exact_dtype, products


def propagate(states: Tensor, layout: GraphLayout, weights: MessageWeights) -> Tensor:
    """Send each of the ``states`` (G, N, C) one step along the edges; see ``GraphLayout.propagation``."""
    matrices = layout.propagation(weights, exact_dtype(states))
    passed: Tensor = _Propagate.apply(states, matrices)  # type: ignore[no-untyped-call]
    return passed


def propagate_with_return(
    states: Tensor, layout: GraphLayout, weights: MessageWeights, steps: int, teleport: float
) -> Tensor:
    """Propagate several times, each time with a way back to the start.

    Z_0 = H, Z_k+1 = (1 - teleport) A Z_k + teleport H (APPNP, Klicpera et al. 2019, equation 5).

    Args:
        states: H, (G, N, C).
        layout: of the N nodes.
        weights: those of A, see ``GraphLayout.propagation``.
        steps: how many times.
        teleport: share of the start in each step.

    Returns:
        The last Z, (G, N, C).
    """
    matrices = layout.propagation(weights, exact_dtype(states))
    passed: Tensor = _Return.apply(states, matrices, steps, teleport)  # type: ignore[no-untyped-call]
    return passed


class _Propagate(torch.autograd.Function):
    """The matrix is a constant: the gradient is the product with its transpose, and nothing need be kept."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, matrices: Propagation) -> Tensor:
        ctx.turned = matrices.turned
        return products(matrices.matrix, states)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return products(ctx.turned, gradient), None


class _Return(torch.autograd.Function):
    """The gradient of H is what the same steps make of the gradient of Z, along the transpose."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, matrices: Propagation, steps: int, teleport: float) -> Tensor:
        ctx.turned, ctx.steps, ctx.teleport = matrices.turned, steps, teleport
        return _walk(matrices.matrix, states, steps, teleport)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        return _walk(ctx.turned, gradient, ctx.steps, ctx.teleport), None, None, None


def _walk(matrix: Tensor, states: Tensor, steps: int, teleport: float) -> Tensor:
    """Take the steps of ``propagate_with_return`` with each of the ``states`` (G, N, C)."""
    states = states.to(matrix.dtype)
    result = states.clone(memory_format=torch.contiguous_format)
    for start, end in zip(states.unbind(0), result.unbind(0), strict=True):
        reached, free = end, torch.empty_like(end)
        for _ in range(steps):
            torch.addmm(start, matrix, reached, beta=teleport, alpha=1 - teleport, out=free)
            reached, free = free, reached
        if reached is not end:
            end.copy_(reached)
    return result
