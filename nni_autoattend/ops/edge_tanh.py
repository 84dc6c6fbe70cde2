"""Scores of edges from the hyperbolic tangent of what stands at their two ends."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nni_autoattend.datasets.edge_list import EdgeList
from nni_autoattend.ops.sparse_products import exact_dtype


def tanh_scores(targets: Tensor, sources: Tensor, outer: Tensor, edges: EdgeList, heads: int) -> Tensor:
    """Return the sums over each head's channels of outer tanh(targets + sources).

    The one score that needs all channels of all edges at once; they are computed twice and not kept.

    Args:
        targets: (G, N, C), read at the target of an edge.
        sources: (G, N, C), read at its source.
        outer: (G, 1, C).
        edges: E of them.
        heads: H of them; C / H channels belong to each.

    Returns:
        (G, E H) in the order of ``edges.for_heads(heads)``.
    """
    scores: Tensor = _Tanh.apply(targets, sources, outer, edges, heads)  # type: ignore[no-untyped-call]
    return scores


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, targets: Tensor, sources: Tensor, outer: Tensor, edges: EdgeList, heads: int) -> Tensor:
        ctx.save_for_backward(targets, sources, outer)
        ctx.edges, ctx.heads = edges, heads
        order = edges.for_heads(heads).from_edges
        scores = targets.new_empty(len(targets), len(order), dtype=exact_dtype(targets))
        for target, source, weights, own in zip(targets, sources, outer, scores, strict=True):
            hidden = _hidden(target, source, edges).mul_(weights)
            torch.index_select(hidden.view(len(hidden), heads, -1).sum(2).flatten(), 0, order, out=own)
        return scores

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        targets, sources, outer = ctx.saved_tensors
        edges, heads = ctx.edges, ctx.heads
        results = [torch.empty_like(given, dtype=gradient.dtype) for given in (targets, sources, outer)]
        entering, leaving = edges.selections(gradient.dtype)
        order = edges.for_heads(heads).to_edges
        for group, given in enumerate(gradient.unbind(0)):
            to_hidden = given.index_select(0, order).view(-1, heads).repeat_interleave(targets.shape[2] // heads, dim=1)
            hidden = _hidden(targets[group], sources[group], edges)
            results[2][group] = (hidden * to_hidden).sum(0)
            to_hidden.mul_(outer[group]).mul_(hidden.square_().neg_().add_(1))
            torch.mm(entering, to_hidden, out=results[0][group])
            torch.mm(leaving, to_hidden, out=results[1][group])
        return results[0], results[1], results[2], None, None


def _hidden(targets: Tensor, sources: Tensor, edges: EdgeList) -> Tensor:
    """(N, C), (N, C) -> (E, C)."""
    exact = exact_dtype(targets)
    read = targets.to(exact).index_select(0, edges.targets)
    return read.add_(sources.to(exact).index_select(0, edges.sources)).tanh_()
