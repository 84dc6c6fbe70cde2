import subprocess
import sys

import pytest
import torch

from nni_autoattend.datasets.csr import csr_matrix, narrow, rows_of


def test_indices_are_narrow_where_they_fit():
    indices = torch.tensor([0, 1])
    assert narrow(indices, 2**31 - 1).dtype == torch.int32
    assert narrow(indices, 2**31) is indices


def test_rows_are_what_they_are_said_to_be():
    matrix = csr_matrix(torch.tensor([0, 2, 2]), torch.tensor([0, 2, 1])[:2], torch.tensor([1.0, 2.0]), (2, 3))
    assert matrix.to_dense().tolist() == [[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]]
    assert rows_of(matrix).tolist() == [0, 0]
    assert rows_of(torch.tensor([[0.0, 1], [0, 0], [2, 3]]).to_sparse_csr()).tolist() == [0, 2, 2]


SILENT = """
import warnings
warnings.simplefilter("error")
import torch
from nni_autoattend.datasets.graph_layout import GraphLayout
GraphLayout.of(torch.tensor([[0], [1]]), 2).propagation("gcn").matrix @ torch.ones(2, 2)
"""


@pytest.mark.slow
def test_no_warning_of_torch_reaches_the_user():
    """In a process of its own: torch warns once."""
    done = subprocess.run([sys.executable, "-c", SILENT], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Warning" not in done.stderr, done.stderr
