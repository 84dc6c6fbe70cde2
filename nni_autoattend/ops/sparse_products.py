"""Products of one sparse matrix with each of G states, in at least single precision.

One product for each, written in place: laid out as one wide operand they take four times as long, gathered and added by
``index_add`` twenty times (at the size of Cora, on one core). What is written to ``out`` is not touched by autocast.
"""

import torch
from torch import Tensor

from nni_autoattend.datasets.head_edges import HeadEdges


def exact_dtype(states: Tensor) -> torch.dtype:
    """Return the type in which ``states`` enter a sparse product: at least single precision."""
    return torch.promote_types(states.dtype, torch.float32)


def products(matrix: Tensor, states: Tensor) -> Tensor:
    """Multiply ``matrix`` (N, N) with each of the ``states`` (G, N, C)."""
    states = states.to(matrix.dtype)
    result = torch.empty_like(states, memory_format=torch.contiguous_format)
    for operand, product in zip(states.unbind(0), result.unbind(0), strict=True):
        torch.mm(matrix, operand, out=product)
    return result


def gathered(weights: Tensor, states: Tensor, edges: HeadEdges, *, turned: bool = False) -> Tensor:
    """Return for each node and head the weighted sum of what its neighbours hold.

    Args:
        weights: (G, E H), of the edges for each head.
        states: (G, N, C).
        edges: of H heads.
        turned: each source gathers from its targets.

    Returns:
        (G, N, C).
    """
    weights = weights.to(exact_dtype(weights))
    operands = _by_head(states, edges).to(weights.dtype)
    result = torch.empty_like(operands)
    for own, operand, product in zip(weights.unbind(0), operands.unbind(0), result.unbind(0), strict=True):
        torch.mm(edges.turned(own) if turned else edges.matrix(own), operand, out=product)
    return result.view(states.shape)


def inner_products(targets: Tensor, sources: Tensor, edges: HeadEdges) -> Tensor:
    """Return the inner products (G, E H) of what target and source of each edge hold for each head.

    Args:
        targets: (G, N, C).
        sources: (G, N, C).
        edges: of H heads.
    """
    exact = exact_dtype(targets)
    left, right = (_by_head(states, edges).to(exact) for states in (targets, sources))
    result = left.new_empty(len(left), edges.count)
    empty = edges.matrix(torch.zeros_like(result[0]))
    for row, column, products in zip(left.unbind(0), right.unbind(0), result.unbind(0), strict=True):
        products.copy_(torch.sparse.sampled_addmm(empty, row, column.t(), beta=0.0).values())
    return result


def _by_head(states: Tensor, edges: HeadEdges) -> Tensor:
    """(G, N, C) -> (G, N H, C / H), as they lie."""
    return states.reshape(len(states), edges.size, -1)
