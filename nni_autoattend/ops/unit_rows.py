"""Features of nodes at one length, so that first states start in the activation's range whatever the data's scale."""

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from nni_autoattend.datasets.csr import csr_matrix, rows_of

_KNOWN = WeakTensorKeyDictionary()
"""For features, as long as they live: the same at unit length. Every epoch reads the same ones."""


def unit_rows(features: Tensor) -> Tensor:
    """Return ``features`` (N, F), dense or sparse CSR, each row at Euclidean length 1; rows of zeros stay zero."""
    if features not in _KNOWN:
        _KNOWN[features] = _dense(features) if features.layout != torch.sparse_csr else _sparse(features)
    found: Tensor = _KNOWN[features]
    return found


def _dense(features: Tensor) -> Tensor:
    return torch.nn.functional.normalize(features, dim=1)


def _sparse(features: Tensor) -> Tensor:
    values, rows = features.values(), rows_of(features)
    squares = values.new_zeros(len(features)).index_add_(0, rows, values.square())
    lengths = squares.sqrt().clamp_min(torch.finfo(values.dtype).tiny)
    nodes, width = features.shape
    return csr_matrix(features.crow_indices(), features.col_indices(), values / lengths[rows], (nodes, width))
