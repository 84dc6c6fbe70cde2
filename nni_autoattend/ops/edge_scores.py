"""Scores of edges, for each head, from what stands at their two ends."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.head_edges import HeadEdges
from nni_autoattend.ops.sparse_products import exact_dtype, gathered, inner_products, sums_at_sources


def inner_scores(targets: Tensor, sources: Tensor, edges: HeadEdges) -> Tensor:
    """Return the inner product of both ends.

    Args:
        targets: (G, N, C), read at the target of an edge.
        sources: (G, N, C), read at its source.
        edges: of H heads; C / H channels belong to each.

    Returns:
        (G, E H) in the order of ``edges``.
    """
    scores: Tensor = _Inner.apply(targets, sources, edges)  # type: ignore[no-untyped-call]
    return scores


def summed_scores(targets: Tensor, sources: Tensor, edges: HeadEdges) -> Tensor:
    """Return the sum of both ends.

    Args:
        targets: (G, N, H), read at the target of an edge.
        sources: (G, N, H), read at its source.
        edges: of H heads.

    Returns:
        (G, E H) in the order of ``edges``.
    """
    exact = exact_dtype(targets)
    scores: Tensor = _Sum.apply(targets.to(exact), sources.to(exact), edges)  # type: ignore[no-untyped-call]
    return scores


class _Inner(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, targets: Tensor, sources: Tensor, edges: HeadEdges) -> Tensor:
        ctx.save_for_backward(targets, sources)
        ctx.edges = edges
        return inner_products(targets, sources, edges)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        targets, sources = ctx.saved_tensors
        to_sources = gathered(gradient, targets, ctx.edges, turned=True)
        return gathered(gradient, sources, ctx.edges), to_sources, None


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, targets: Tensor, sources: Tensor, edges: HeadEdges) -> Tensor:
        ctx.edges, ctx.shape = edges, targets.shape
        scores = targets.flatten(1).index_select(1, edges.rows)
        return scores.add_(sources.flatten(1).index_select(1, edges.columns))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        to_targets = gathered(gradient, gradient.new_ones(ctx.shape), ctx.edges)
        return to_targets, sums_at_sources(gradient, ctx.edges).view(ctx.shape), None
