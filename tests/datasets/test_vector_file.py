import gzip
from pathlib import Path

import pytest

from nni_autoattend.datasets.vector_file import check_vector_file, first_fault
from nni_autoattend.errors import DataError


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a 1 2 3\nb 1 2\n", "line 2 has 2 numbers where 3 are expected"),
        ("2 5\na 1 2 3\nb 1 2 3\n", "line 1 announces vectors of width 5, found 3"),
        ("a 1 2 3\nb 1 x 3\n", "line 2: 'x' is not a number"),
        ("a 1 2\n", "line 1 has 2 numbers where at least 3 are expected"),
        ("", "is empty"),
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".txt.gz"])
def test_malformed_files(tmp_path: Path, content: str, message: str, suffix: str) -> None:
    path = tmp_path / f"vectors{suffix}"
    path.write_bytes(gzip.compress(content.encode()) if suffix.endswith("gz") and content else content.encode())
    with pytest.raises(DataError, match=message) as caught:
        check_vector_file(path, 100)
    assert str(path) in str(caught.value)


def test_lines_that_are_not_kept_are_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text("2 3\na 1 2 3\nb 1 2 3\nc 1\nd 1 2 x\n")
    check_vector_file(path, 3)
    assert first_fault(path, 3) is None
    assert first_fault(path) == "line 5: 'x' is not a number"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        check_vector_file(tmp_path / "absent.txt", 100)
    (tmp_path / "vectors.gz").write_text("a 1 2 3\n")
    with pytest.raises(DataError, match="cannot read word vectors from"):
        check_vector_file(tmp_path / "vectors.gz", 100)
