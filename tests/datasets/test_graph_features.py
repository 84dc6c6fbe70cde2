import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nni_autoattend.datasets.graph_features import (
    SparseRows,
    column_scales,
    compact,
    scale_columns,
    scale_rows,
    take_rows,
)

few = arrays(np.float32, (6, 30), elements=st.sampled_from([0.0] * 40 + [1.0, -2.0, 3.0]))


def dense(features) -> np.ndarray:
    return features.dense() if isinstance(features, SparseRows) else features


def test_few_entries_are_kept_sparse():
    matrix = np.zeros((5, 20), np.float32)
    matrix[[0, 0, 3], [4, 1, 19]] = [1, 2, 3]
    features = compact(matrix)
    assert isinstance(features, SparseRows)
    assert features.pointers.tolist() == [0, 2, 2, 2, 3, 3]
    assert features.columns.tolist() == [1, 4, 19]
    assert features.values.tolist() == [2, 1, 3]
    assert features.shape == (5, 20)
    assert isinstance(compact(np.ones((5, 20))), np.ndarray)
    assert compact(np.eye(10)).dtype == np.float32  # a tenth is not less than a tenth


@given(few)
def test_sparse_is_the_same_matrix(matrix: np.ndarray):
    assert np.array_equal(dense(compact(matrix)), matrix)


@given(few, st.lists(st.integers(0, 5), max_size=8))
def test_rows_are_taken_alike(matrix: np.ndarray, rows: list[int]):
    chosen = np.array(rows, np.int64)
    assert np.array_equal(dense(take_rows(compact(matrix), chosen)), matrix[chosen])


@given(few)
def test_scaled_rows_sum_to_one(matrix: np.ndarray):
    scaled = dense(scale_rows(compact(matrix)))
    sums = np.abs(scaled).sum(axis=1)
    full = np.abs(matrix).sum(axis=1) > 0
    assert sums[full] == pytest.approx(1.0, abs=1e-6)
    assert not scaled[~full].any()
    assert np.allclose(scaled, scale_rows(matrix))


def test_words_are_scaled_as_torch_geometric_scales_them():
    torch = pytest.importorskip("torch")
    from torch_geometric.data import Data
    from torch_geometric.transforms import NormalizeFeatures

    words = (np.random.default_rng(0).random((20, 50)) < 0.05).astype(np.float32)
    theirs = NormalizeFeatures()(Data(x=torch.from_numpy(words.copy()))).x
    assert np.allclose(dense(scale_rows(compact(words))), theirs.numpy())


def test_columns_get_mean_zero_and_deviation_one():
    matrix = np.random.default_rng(0).normal(5, 3, (200, 4)).astype(np.float32)
    matrix[:, 2] = 7
    scaled = scale_columns(matrix, *column_scales(matrix))
    assert scaled.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert scaled.std(axis=0) == pytest.approx([1, 1, 0, 1], abs=1e-5)
    assert scaled.dtype == np.float32


def test_sparse_columns_become_dense():
    matrix = np.zeros((50, 4), np.float32)
    matrix[3, 1] = 5
    means, scales = column_scales(compact(matrix))
    assert means == pytest.approx([0, 0.1, 0, 0])
    assert np.allclose(scale_columns(compact(matrix), means, scales), scale_columns(matrix, means, scales))
