"""Softmax over the edges that enter a node, for each head."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.head_edges import HeadEdges


def edge_softmax(scores: Tensor, edges: HeadEdges) -> Tensor:
    """Normalise ``scores`` (G, E H): the exponentials of each node and head sum to one; they never overflow."""
    weights: Tensor = _Softmax.apply(scores, edges)  # type: ignore[no-untyped-call]
    return weights


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, edges: HeadEdges) -> Tensor:
        weights = torch.empty_like(scores)
        for given, own in zip(scores.unbind(0), weights.unbind(0), strict=True):
            highest = torch.segment_reduce(given, "max", offsets=edges.pointers)
            torch.sub(given, highest.index_select(0, edges.rows), out=own)
            own.exp_()
            own.div_(_row_sums(own, edges).index_select(0, edges.rows))
        ctx.save_for_backward(weights)
        ctx.edges = edges
        return weights

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (weights,) = ctx.saved_tensors
        to_scores = gradient * weights
        for own, result in zip(weights.unbind(0), to_scores.unbind(0), strict=True):
            sums = _row_sums(result, ctx.edges).index_select(0, ctx.edges.rows)
            result.addcmul_(own, sums, value=-1)
        return to_scores, None


def _row_sums(values: Tensor, edges: HeadEdges) -> Tensor:
    """(E H,) -> (N H,)."""
    return torch.segment_reduce(values, "sum", offsets=edges.pointers)
