import pytest
import torch

from nni_autoattend.baselines.graph_features import drop


@pytest.mark.parametrize("sparse", [False, True])
def test_entries_are_dropped_and_the_rest_is_scaled(sparse: bool) -> None:
    torch.manual_seed(0)
    dense = (torch.rand(200, 50) < 0.2) * 3.0
    matrix = dense.to_sparse_csr() if sparse else dense
    dropped = drop(matrix, 0.25, True).to_dense()
    assert set(dropped.unique().tolist()) == {0.0, 4.0}
    assert not dropped[dense == 0].any()
    assert (dropped != 0).sum() / (dense != 0).sum() == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize(("rate", "training"), [(0.5, False), (0.0, True)])
def test_nothing_is_copied_where_nothing_is_dropped(rate: float, training: bool) -> None:
    matrix = torch.rand(3, 4).to_sparse_csr()
    assert drop(matrix, rate, training) is matrix
