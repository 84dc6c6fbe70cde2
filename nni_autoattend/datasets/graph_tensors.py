"""Feature matrices as tensors."""

import torch
from torch import Tensor

from nni_autoattend.datasets.csr import csr_matrix, narrow
from nni_autoattend.datasets.graph_features import Features, SparseRows


def features_tensor(features: Features) -> Tensor:
    """Return (N, F) float32, sparse CSR where ``features`` are kept by their few entries."""
    if not isinstance(features, SparseRows):
        return torch.from_numpy(features)
    most = max(len(features.values), features.width)
    pointers, columns = (narrow(torch.from_numpy(part), most) for part in (features.pointers, features.columns))
    return csr_matrix(pointers, columns, torch.from_numpy(features.values), features.shape)
