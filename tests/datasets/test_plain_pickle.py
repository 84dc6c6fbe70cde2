import os
import pickle
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from nni_autoattend.datasets.plain_pickle import check_pickle
from nni_autoattend.errors import DataError


class RunsCode:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("protocol", [2, 4])
def test_arrays_pass(tmp_path: Path, protocol: int):
    links = defaultdict(list, {0: [1, 2]})
    for value in (np.ones((2, 3)), csr_matrix(np.eye(3)), links, {"a": [1]}):
        (tmp_path / "x").write_bytes(pickle.dumps(value, protocol=protocol))
        check_pickle(tmp_path / "x")


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_code_is_refused(tmp_path: Path, protocol: int):
    (tmp_path / "x").write_bytes(pickle.dumps({"a": RunsCode(tmp_path / "ran")}, protocol=protocol))
    with pytest.raises(DataError, match=r"x is refused: loading it would call posix.mkdir, and code of a file is nev"):
        check_pickle(tmp_path / "x")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps([1, 2])[:-3]])
def test_files_of_something_else(tmp_path: Path, content: bytes):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(DataError, match="x is no pickle of arrays"):
        check_pickle(tmp_path / "x")


def test_the_published_files_pass(shared_data: Path):
    for path in (shared_data / "planetoid" / "Cora" / "raw").glob("ind.cora.*[!x]"):
        check_pickle(path)
