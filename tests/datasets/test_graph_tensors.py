import warnings

import numpy as np
import torch

from nni_autoattend.datasets.graph_features import compact
from nni_autoattend.datasets.graph_tensors import features_tensor


def test_dense_features_share_their_memory():
    matrix = np.ones((3, 2), np.float32)
    tensor = features_tensor(matrix)
    matrix[0, 0] = 5
    assert tensor[0, 0] == 5


def test_sparse_features_become_sparse_rows_without_a_warning():
    matrix = np.zeros((6, 30), np.float32)
    matrix[[0, 0, 4], [3, 29, 7]] = [1, 2, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensor = features_tensor(compact(matrix))
    assert tensor.layout == torch.sparse_csr
    assert tensor.dtype == torch.float32
    assert tensor.col_indices().dtype == tensor.crow_indices().dtype == torch.int32
    assert torch.equal(tensor.to_dense(), torch.from_numpy(matrix))
