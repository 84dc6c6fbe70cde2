"""Weighted sums over the neighbours of a node, when the weights are learned as well."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.head_edges import HeadEdges
from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.edge_softmax import edge_softmax
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.sparse_products import gathered, inner_products


def gather_by_scores(scores: Tensor, states: Tensor, edges: HeadEdges, rate: float, noise: Noise | None) -> Tensor:
    """Let each node gather what its neighbours hold: softmax of the scores, dropout of weights, weighted sum.

    Memory goes with edges times heads, and with the states: nothing of size (E, C) is made.

    Args:
        scores: (G, E H) in the order of ``edges``.
        states: (G, N, C).
        edges: of H heads; each node has one at least.
        rate: dropout of the weights.
        noise: its randomness; ``None``: evaluation, nothing is dropped.

    Returns:
        (G, N, C).
    """
    weights = thin(edge_softmax(scores, edges), rate, noise)
    sums: Tensor = _Gather.apply(weights, states, edges)  # type: ignore[no-untyped-call]
    return sums


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weights: Tensor, states: Tensor, edges: HeadEdges) -> Tensor:
        ctx.save_for_backward(weights, states)
        ctx.edges = edges
        return gathered(weights, states, edges)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        weights, states = ctx.saved_tensors
        to_states = gathered(weights, gradient, ctx.edges, turned=True)
        return inner_products(gradient, states, ctx.edges), to_states, None
