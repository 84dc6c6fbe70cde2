"""What the baselines on graphs have in common: dropout on features that may be sparse."""

import torch
from torch import Tensor
from torch.nn import functional as F

from nni_autoattend.datasets.csr import csr_matrix


def drop(matrix: Tensor, rate: float, training: bool) -> Tensor:
    """Return ``matrix`` with dropout of ``rate`` on its entries, itself where nothing is dropped.

    Zeros stay zeros, so that of a sparse CSR matrix only the stored entries are drawn for.
    """
    if not training or not rate:
        return matrix
    if matrix.layout != torch.sparse_csr:
        return F.dropout(matrix, rate)
    values = F.dropout(matrix.values(), rate)
    rows, columns = matrix.shape
    return csr_matrix(matrix.crow_indices(), matrix.col_indices(), values, (rows, columns))
