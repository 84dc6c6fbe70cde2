"""Sparse matrices by rows."""

import warnings
from functools import cache

import torch
from torch import Tensor


def narrow(indices: Tensor, most: int) -> Tensor:
    """Return ``indices``, none above ``most``, as int32 where they fit: a sparse product need not convert those."""
    return indices.to(torch.int32) if most < 2**31 else indices


def csr_matrix(pointers: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    """Build a sparse CSR tensor; nothing is copied or checked.

    Args:
        pointers: (rows + 1,) where each row begins in the other two.
        columns: (entries,), ascending in each row.
        values: (entries,).
        shape: rows and columns.
    """
    _hear_the_warning()
    return torch.sparse_csr_tensor(pointers, columns, values, shape, check_invariants=False)


def rows_of(matrix: Tensor) -> Tensor:
    """Return (entries,) the row of every stored value of a sparse CSR ``matrix``."""
    pointers = matrix.crow_indices()
    return torch.arange(len(matrix), device=pointers.device).repeat_interleave(pointers.diff().to(torch.int64))


@cache
def _hear_the_warning() -> None:
    """Torch says once in each process that sparse CSR is in beta; what is used here is tested here."""
    empty = torch.zeros(1, dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        torch.sparse_csr_tensor(empty, empty[:0], torch.zeros(0), (0, 0), check_invariants=False)
