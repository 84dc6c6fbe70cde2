from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from nni_autoattend.datasets.examples import Examples
from nni_autoattend.datasets.own_files import own_files, read_examples, read_texts
from nni_autoattend.errors import DataError
from nni_autoattend.settings import DataSettings


def csv(path: Path, rows: list[tuple[str, str]]) -> Path:
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)
    return path


def jsonl(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines))
    return path


ROWS = [(f"text {i}", "ab"[i % 2]) for i in range(40)]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_kind_of_file_gives_the_same_examples(tmp_path: Path, suffix: str):
    frame = pd.DataFrame({"id": [7, 8], "said": ["good, really", "bad"], "stars": [5, 1]})
    path = tmp_path / f"reviews{suffix}"
    write = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
        ".jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        ".parquet": lambda: frame.to_parquet(path),
    }
    write[suffix]()
    assert read_examples(path, "said", "stars") == Examples(("good, really", "bad"), ("5", "1"))


def test_labels_become_strings(tmp_path: Path):
    lines = [f'{{"text": "t", "label": {label}}}' for label in ("1", "2.0", "2.5", "true", '" x "')]
    assert read_examples(jsonl(tmp_path / "a.jsonl", *lines), "text", "label").labels == ("1", "2", "2.5", "True", "x")


def test_a_column_that_is_not_there(tmp_path: Path):
    path = csv(tmp_path / "a.csv", ROWS)
    with pytest.raises(DataError, match=r"no column 'labels' \(did you mean 'label'\?\); it has: text, label"):
        read_examples(path, "text", "labels")
    with pytest.raises(DataError, match="no column 'body'; it has: text, label"):
        read_texts(path, "body")
    with pytest.raises(DataError, match="cannot both be the column 'text'"):
        read_examples(path, "text", "text")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": null, "label": 1}', r"'text' 1 cell is missing or not a text, first in row 2 \(found an empty cell"),
        ('{"label": 1}', r"'text' 1 cell is missing or not a text, first in row 2 \(found nan"),
        ('{"text": 5, "label": 1}', r"'text' 1 cell is missing or not a text, first in row 2 \(found 5"),
        ('{"text": ["a"], "label": 1}', r"'text' 1 cell is missing or not a text, first in row 2 \(found \['a'\]"),
        ('{"text": "  ", "label": 1}', r"'text' 1 cell is missing or not a text, first in row 2 \(found '  '"),
        ('{"text": "x", "label": null}', r"'label' 1 cell is missing or not a label, first in row 2 \(found an empty"),
        ('{"text": "x", "label": {}}', r"'label' 1 cell is missing or not a label, first in row 2 \(found \{\}"),
        ('{"text": "x", "label": NaN}', r"'label' 1 cell is missing or not a label, first in row 2 \(found nan"),
    ],
)
def test_missing_and_non_text_cells_of_jsonl(tmp_path: Path, line: str, message: str):
    path = jsonl(tmp_path / "a.jsonl", '{"text": "good", "label": 1}', line, '{"text": "bad", "label": 0}')
    with pytest.raises(DataError, match=message):
        read_examples(path, "text", "label")


def test_missing_cells_of_csv_are_counted(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\none,1\n,1\nthree,1\n,2\nfive\n")
    with pytest.raises(
        DataError, match=r"'text' 2 cells are missing or not a text, first in row 2 \(found an empty cell"
    ):
        read_examples(path, "text", "label")
    path.write_text("text,label\none,1\ntwo\n")
    with pytest.raises(DataError, match="'label' 1 cell is missing or not a label, first in row 2"):
        read_examples(path, "text", "label")


def test_missing_cells_of_parquet(tmp_path: Path):
    pd.DataFrame({"text": ["a", None], "label": ["x", "y"]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="first in row 2"):
        read_examples(tmp_path / "a.parquet", "text", "label")


def test_own_splits_are_taken_as_they_are(tmp_path: Path):
    paths = {name: csv(tmp_path / f"{name}.csv", ROWS[i::3]) for i, name in enumerate(("train", "valid", "test"))}
    splits = own_files(DataSettings(**paths))
    assert splits.name == "train"
    for i, part in enumerate((splits.train, splits.valid, splits.test)):
        assert list(zip(part.texts, part.labels, strict=True)) == ROWS[i::3]
    assert splits.notes == ()


def test_absent_splits_are_split_off_stratified(tmp_path: Path):
    path = csv(tmp_path / "mine.csv", ROWS)
    splits = own_files(DataSettings(train=path, validation_share=0.2, test_share=0.1))
    assert Counter(splits.test.labels) == {"a": 2, "b": 2}
    assert Counter(splits.valid.labels) == {"a": 4, "b": 4}
    assert sorted(text for part in splits.parts().values() for text in part.texts) == sorted(text for text, _ in ROWS)
    assert splits.notes == (
        "test: 10% of mine.csv, stratified, seed 0",
        "valid: 20% of mine.csv, stratified, seed 0",
    )


def test_split_seed_decides_what_is_split_off(tmp_path: Path):
    path = csv(tmp_path / "mine.csv", ROWS)
    first, again, other = (own_files(DataSettings(train=path, split_seed=seed)) for seed in (1, 1, 2))
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()


def test_a_named_test_file_leaves_only_validation_to_split_off(tmp_path: Path):
    train, test = csv(tmp_path / "train.csv", ROWS), csv(tmp_path / "test.csv", ROWS[:3])
    splits = own_files(DataSettings(train=train, test=test))
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (36, 4, 3)


@pytest.mark.parametrize("content", ["one\n\ntwo\n", "one\r\n\r\ntwo\r\n", "one\n\ntwo"])
def test_a_text_file_has_a_text_on_each_line(tmp_path: Path, content: str):
    (tmp_path / "a.txt").write_bytes(content.encode())
    assert read_texts(tmp_path / "a.txt") == ["one", "", "two"]


def test_texts_to_predict_come_from_a_column(tmp_path: Path):
    assert read_texts(csv(tmp_path / "a.csv", ROWS), "text")[:2] == ["text 0", "text 1"]
    (tmp_path / "b.csv").write_text("text\none\n\nthree\n")
    with pytest.raises(DataError, match="first in row 2"):
        read_texts(tmp_path / "b.csv")
