from pathlib import Path

import pandas as pd
import pytest

from nni_autoattend.datasets.tables import read_table, read_utf8
from nni_autoattend.errors import DataError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'text,label\n"one, two",NA\nthree,1\n'),
        ("a.CSV", 'text,label\r\n"one, two",NA\r\nthree,1\r\n\r\n'),
        ("a.tsv", "text\tlabel\none, two\tNA\nthree\t1\n"),
        ("a.csv", '\ufefftext,label\n"one, two",NA\nthree,1\n'),
    ],
)
def test_cells_of_separated_files_are_the_strings_that_stand_there(tmp_path: Path, name: str, content: str):
    frame = read_table(write(tmp_path / name, content))
    assert frame.to_dict("list") == {"text": ["one, two", "three"], "label": ["NA", "1"]}


def test_jsonl_keeps_types_and_unicode_line_separators(tmp_path: Path):
    frame = read_table(
        write(tmp_path / "a.jsonl", '{"text": "one\u2028two", "label": 3}\n\n{"text": "x", "label": 4}\n')
    )
    assert frame.to_dict("list") == {"text": ["one\u2028two", "x"], "label": [3, 4]}
    assert [type(label) for label in frame["label"].tolist()] == [int, int]


def test_parquet(tmp_path: Path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"text": ["a", "b"], "label": [1, 2]}).to_parquet(path)
    assert read_table(path).to_dict("list") == {"text": ["a", "b"], "label": [1, 2]}


def test_a_blank_line_is_a_row_so_that_predictions_do_not_slip(tmp_path: Path):
    assert len(read_table(write(tmp_path / "a.csv", "text\none\n\nthree\n"))) == 3


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet"])
def test_empty_files(tmp_path: Path, name: str):
    with pytest.raises(DataError, match=r"a\.\w+ is empty"):
        read_table(write(tmp_path / name, ""))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,label\n", "holds no rows"),
        ("a.csv", "\n \n", "is empty"),
        ("a.csv", "text,label\na,b\na,b,c\n", "Expected 2 fields in line 3, saw 3"),
        ("a.csv", "text,label\na,b,c\n", r"more cells than the header \(text, label\)"),
        ("a.csv", 'text,label\n"a,b\n', "cannot be read as CSV: .*EOF inside string"),
        ("a.jsonl", '{"text": 1}\n{"text": }\n', "line 2 is not JSON"),
        ("a.jsonl", "[1, 2]\n", "line 1 is not an object"),
        ("a.parquet", "text,label\n", "cannot be read as Parquet"),
        ("a.xlsx", "x", r"suffix '.xlsx'; known kinds of files: .csv, .tsv, .jsonl, .parquet"),
        ("a", "x", "no suffix; known kinds"),
    ],
)
def test_malformed_files(tmp_path: Path, name: str, content: str, message: str):
    with pytest.raises(DataError, match=message) as caught:
        read_table(write(tmp_path / name, content))
    assert "\n" not in str(caught.value)


def test_no_such_file_and_folders(tmp_path: Path):
    with pytest.raises(DataError, match="there is no file"):
        read_table(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(DataError, match="is a folder, not a file"):
        read_table(tmp_path / "b.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_wrong_encoding_is_located(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes("text,label\nok,1\ncaf\xe9,2\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"is not UTF-8: byte 0xe9 in line 3; convert it"):
        read_table(tmp_path / name)


def test_utf16_is_not_utf8(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes("text".encode("utf-16"))
    with pytest.raises(DataError, match="is not UTF-8"):
        read_utf8(tmp_path / "a.txt")
