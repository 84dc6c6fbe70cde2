"""What describes the nodes of a graph: a matrix, dense or by its few entries that are not zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SPARSE_BELOW = 0.1
"""Share of entries that are not zero; below it a matrix is kept, and multiplied, as a sparse one."""


@dataclass(frozen=True, eq=False)
class SparseRows:
    """An (N, F) matrix by its entries that are not zero, row by row (CSR).

    Attributes:
        pointers: (N + 1,) int64, where each row starts in the other two.
        columns: (entries,) int64, ascending within a row.
        values: (entries,) float32.
        width: F.
    """

    pointers: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Floats
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        """(N, F)."""
        return len(self.pointers) - 1, self.width

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of each entry, (entries,) int64."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.pointers))

    def dense(self) -> Floats:
        """Return the matrix with its zeros."""
        matrix = np.zeros(self.shape, np.float32)
        matrix[self.rows, self.columns] = self.values
        return matrix

    def take(self, rows: NDArray[np.int64]) -> SparseRows:
        """Return the matrix of some of the rows, in that order."""
        counts = np.diff(self.pointers)[rows]
        pointers = np.concatenate([[0], np.cumsum(counts)])
        entries = np.arange(pointers[-1]) + np.repeat(self.pointers[rows] - pointers[:-1], counts)
        return SparseRows(pointers, self.columns[entries], self.values[entries], self.width)


Features = Floats | SparseRows


def compact(matrix: Floats) -> Features:
    """Return an (N, F) matrix as it is kept: sparse where less than a tenth of it is not zero."""
    matrix = np.asarray(matrix, np.float32)
    entries = int(np.count_nonzero(matrix))
    if entries >= SPARSE_BELOW * matrix.size:
        return np.ascontiguousarray(matrix)
    rows, columns = np.nonzero(matrix)
    pointers = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(matrix)))])
    return SparseRows(pointers.astype(np.int64), columns.astype(np.int64), matrix[rows, columns], matrix.shape[1])


def take_rows(features: Features, rows: NDArray[np.int64]) -> Features:
    """Return the features of some nodes, in that order."""
    return features.take(rows) if isinstance(features, SparseRows) else features[rows]


def scale_rows(features: Features) -> Features:
    """Let the absolute values of every row sum to 1; a row of zeros stays one.

    For counts of words that is torch-geometric's ``NormalizeFeatures``, which also divides no row by less than 1.
    """
    if isinstance(features, SparseRows):
        sums = np.bincount(features.rows, np.abs(features.values), minlength=features.shape[0])
        values = features.values / sums[features.rows]
        return SparseRows(features.pointers, features.columns, values.astype(np.float32), features.width)
    totals = np.abs(features).sum(axis=1, keepdims=True)
    return (features / np.where(totals > 0, totals, 1)).astype(np.float32)


def scale_columns(features: Features, means: Floats, scales: Floats) -> Floats:
    """Return (features - means) / scales, with (F,) means and scales; the result is dense."""
    dense = features.dense() if isinstance(features, SparseRows) else features
    return ((dense - means) / scales).astype(np.float32)


def column_scales(features: Features) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of every column, (F,) each; a column of equal values has the deviation 1."""
    dense = (features.dense() if isinstance(features, SparseRows) else features).astype(np.float64)
    means, deviations = dense.mean(axis=0), dense.std(axis=0)
    flat = deviations <= 1e-6 * np.maximum(1.0, np.abs(means))
    return means.astype(np.float32), np.where(flat, 1.0, deviations).astype(np.float32)
