import gzip
import ssl
from pathlib import Path

import pytest
import torch

from nni_autoattend.datasets.vectors import load_vectors
from nni_autoattend.errors import DataError

GLOVE = "the 0.5 1 -1\ncaf\u00e9 0 0.25 2\nend 1 1 1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "glove.txt"
    path.write_text(GLOVE, encoding="utf-8")
    return path


def test_words_and_numbers_are_read(file: Path):
    vectors = load_vectors(file, 100)
    assert vectors.words == ("the", "caf\u00e9", "end")
    assert vectors.matrix.tolist() == [[0.5, 1, -1], [0, 0.25, 2], [1, 1, 1]]
    assert vectors.matrix.dtype == torch.float32


def test_only_the_first_rows_are_kept(file: Path):
    assert load_vectors(file, 2).words == ("the", "caf\u00e9")


def test_rows_that_are_not_kept_are_not_judged(file: Path):
    file.write_text(GLOVE + "torn 1\n", encoding="utf-8")
    assert len(load_vectors(file, 3).words) == 3


def test_the_header_of_word2vec_is_skipped(file: Path):
    file.write_text("3 3\n" + GLOVE, encoding="utf-8")
    assert load_vectors(file, 100).words == ("the", "caf\u00e9", "end")
    assert load_vectors(file, 2).words == ("the", "caf\u00e9")


def test_compressed_files(tmp_path: Path):
    (tmp_path / "glove.txt.gz").write_bytes(gzip.compress(GLOVE.encode()))
    assert load_vectors(tmp_path / "glove.txt.gz", 100).matrix.shape == (3, 3)


def test_of_equal_words_the_first_counts_and_foreign_bytes_are_skipped(file: Path):
    file.write_bytes(b"a 1 1 1\n\xff\xfe 2 2 2\na 3 3 3\nb 4 4 4\n")
    vectors = load_vectors(file, 100)
    assert vectors.words == ("a", "b")
    assert vectors.matrix[:, 0].tolist() == [1, 4]


def test_no_side_effects(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    context = ssl._create_default_https_context
    cache = tmp_path / "cache"
    cache.mkdir()
    load_vectors(file, 100, cache)
    assert ssl._create_default_https_context is context
    assert list(cache.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "glove.txt"]
    assert capsys.readouterr() == ("", "")


def test_a_changed_file_is_read_anew(file: Path, tmp_path: Path):
    load_vectors(file, 100, tmp_path)
    file.write_text("other 1 2 3\n")
    assert load_vectors(file, 100, tmp_path).words == ("other",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a 1 2 3\nb 1 2\n", "line 2 has 2 numbers where 3 are expected"),
        ("a 1 2 3\nb 1\nc 1 2 3\n", "line 2 has 1 numbers where 3 are expected"),
        ("2 5\na 1 2 3\nb 1 2 3\n", "line 1 announces vectors of width 5, found 3"),
        ("a 1 2 3\nb 1 2 x\n", "line 2: 'x' is not a number"),
        ("a 1 2 3\nb 1 2 nan\n", "not finite"),
        ("a,1,2\n", "line 1 has 0 numbers where at least 3 are expected"),
        ("a 1 2\n", "line 1 has 2 numbers where at least 3 are expected"),
        ("", "is empty"),
    ],
)
def test_malformed_files(file: Path, content: str, message: str):
    file.write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        load_vectors(file, 100)
    assert str(file) in str(caught.value)


def test_files_that_are_not_there_or_not_gzip(tmp_path: Path):
    with pytest.raises(DataError, match="there is no file"):
        load_vectors(tmp_path / "absent.txt", 100)
    (tmp_path / "a.gz").write_text("a 1 2 3\n")
    with pytest.raises(DataError, match="cannot read word vectors from"):
        load_vectors(tmp_path / "a.gz", 100)
