"""A linear map of the features of nodes, which may be sparse: bags of words are zero for 99 words in 100."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.utils.weak import WeakTensorKeyDictionary

from nni_autoattend.datasets.csr import csr_matrix, rows_of
from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.sparse_products import exact_dtype

_TURNED = WeakTensorKeyDictionary()
"""For sparse features, as long as they live: the order of their values by column, with its pointers and rows."""


def map_features(features: Tensor, weight: Tensor, bias: Tensor, rate: float, noise: Noise | None) -> Tensor:
    """Drop out of features, then map them.

    Args:
        features: (N, F), dense or sparse CSR; of sparse ones only the stored are dropped (the others are zero).
        weight: (C, F).
        bias: (C,).
        rate: of the dropout.
        noise: its randomness; ``None``: evaluation, nothing is dropped.

    Returns:
        (N, C).
    """
    if features.layout != torch.sparse_csr:
        return F.linear(thin(features, rate, noise), weight, bias)
    exact = exact_dtype(weight)
    values = thin(features.values().to(exact), rate, noise)
    mapped: Tensor = _MapSparse.apply(features, values, weight.T.to(exact))  # type: ignore[no-untyped-call]
    return mapped + bias


class _MapSparse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, values: Tensor, matrix: Tensor) -> Tensor:
        ctx.features, ctx.values = features, values
        nodes, width = features.shape
        thinned = csr_matrix(features.crow_indices(), features.col_indices(), values, (nodes, width))
        result = values.new_empty(nodes, matrix.shape[1])
        torch.mm(thinned, matrix.contiguous(), out=result)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, Tensor]:
        order, pointers, rows = _turned(ctx.features)
        nodes, width = ctx.features.shape
        turned = csr_matrix(pointers, rows, ctx.values.index_select(0, order), (width, nodes))
        result = gradient.new_empty(width, gradient.shape[1])
        torch.mm(turned, gradient, out=result)
        return None, None, result


def _turned(features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the order of the stored values by column, where each column begins, and their rows."""
    if features not in _TURNED:
        columns = features.col_indices()
        order = torch.argsort(columns, stable=True)
        starts = torch.bincount(columns, minlength=features.shape[1]).cumsum(0)
        turned = (order, torch.cat([starts.new_zeros(1), starts]), rows_of(features)[order])
        _TURNED[features] = turned
    found: tuple[Tensor, Tensor, Tensor] = _TURNED[features]
    return found
