"""Products of one sparse matrix with each of G states, in at least single precision.

One product for each, written in place: laid out as one wide operand they take four times as long, gathered and added by
``index_add`` twenty times (at the size of Cora, on one core). What is written to ``out`` is not touched by autocast.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from nni_autoattend.datasets.head_edges import HeadEdges

_LANES = {"AVX2": 8, "AVX512": 16}.get(torch.backends.cpu.get_cpu_capability(), 4)
"""Numbers that one instruction of this processor multiplies. With fewer channels than that, ``sampled_addmm`` takes ten
times as long (torch 2.13), so that zeros fill them up: 16 heads of 4 channels on Photo's edges 21 ms instead of 135."""


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
    left, right = (_filled_up(_by_head(states, edges).to(exact)) for states in (targets, sources))
    result = left.new_zeros(len(left), edges.count)  # beta times what is there: 0 times NaN would be NaN
    for row, column, products in zip(left.unbind(0), right.unbind(0), result.unbind(0), strict=True):
        sampled = edges.matrix(products)
        torch.sparse.sampled_addmm(sampled, row, column.t(), beta=0.0, out=sampled)
    return result


def sums_at_sources(values: Tensor, edges: HeadEdges) -> Tensor:
    """Return for each node and head, (G, N H), the sum of the values (G, E H) of the edges that leave it.

    A product with ones says the same, but has to bring the values into the order of the sources before: three times as
    long on a CPU. Elsewhere it does not depend on the order in which threads come, so that it is used there.
    """
    if values.device.type != "cpu":
        ones = values.new_ones(len(values), edges.size, 1)
        return gathered(values, ones, edges, turned=True).flatten(1)
    sums = values.new_zeros(len(values), edges.size)
    for own, row in zip(values.unbind(0), sums.unbind(0), strict=True):
        row.index_add_(0, edges.columns, own)
    return sums


def _by_head(states: Tensor, edges: HeadEdges) -> Tensor:
    """(G, N, C) -> (G, N H, C / H), as they lie."""
    return states.reshape(len(states), edges.size, -1)


def _filled_up(states: Tensor) -> Tensor:
    """Return ``states`` (G, N H, C / H) with as many channels as an instruction takes; the new ones are zero."""
    missing = _LANES - states.shape[2] if states.device.type == "cpu" else 0
    return F.pad(states, (0, missing)) if missing > 0 else states
