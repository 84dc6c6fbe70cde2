"""Features at unit length: dense and sparse alike, zeros stay zero, computed once."""

import pytest
import torch

from nni_autoattend.ops.unit_rows import unit_rows


@pytest.mark.parametrize("sparse", [False, True])
def test_every_row_has_length_one_or_is_zero(sparse):
    torch.manual_seed(0)
    dense = torch.randn(7, 30) * (torch.rand(7, 30) < 0.3)
    dense[2] = 0
    given = dense.to_sparse_csr() if sparse else dense
    scaled = unit_rows(given)
    assert scaled.layout == given.layout
    lengths = scaled.to_dense().norm(dim=1)
    torch.testing.assert_close(lengths, torch.tensor([1.0, 1, 0, 1, 1, 1, 1]))
    torch.testing.assert_close(scaled.to_dense() * dense.norm(dim=1, keepdim=True), dense)
    assert unit_rows(given) is scaled
