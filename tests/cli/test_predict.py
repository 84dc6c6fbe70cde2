import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.vocabulary import Vocabulary
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.network.saved import load_model, save_model
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.settings import NetworkShape

WORDS = ("<pad>", "<unk>", "good", "bad", "film")
TEXTS = ["a good film", "bad", "good good bad film"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    architecture = Architecture((AdditionLayer(0, "conv1", "zero"), AttentionLayer(0, "conv1", "conv3", "identity")))
    network = TextNetwork(architecture, NetworkShape(8, 2, 0.0, 0.0, 0.0), TextDimensions(len(WORDS), 4, 2))
    codec = TextCodec("whitespace", Vocabulary(WORDS), ("no, never", "yes"), 16)
    save_model(tmp_path / "model", network, {}, codec)
    return tmp_path / "model"


def read_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def test_rows_are_those_of_the_model_in_their_order(cli: Any, model: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("text\n" + "\n".join(TEXTS) + "\n")
    answer = cli("predict", model, "new.csv", "--json")
    assert answer.code == 0, answer.err
    rows = [json.loads(line) for line in answer.out.splitlines()]
    expected = load_model(model).predict(TEXTS)
    assert [row["label"] for row in rows] == [prediction.label for prediction in expected]
    assert [row["probabilities"] for row in rows] == [prediction.probabilities for prediction in expected]


def test_files_of_the_run_are_not_written_over(cli: Any, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (model / "model.json").read_bytes()
    answer = cli("predict", model, "--output", model / "model.json")
    assert (answer.code, "where nothing is overwritten" in answer.err) == (2, True)
    assert (model / "model.json").read_bytes() == before
    read_in(monkeypatch, b"a good film\n")
    assert cli("predict", model, "--output", model / "labels.csv").code == 0


def test_a_model_of_texts_reads_no_graph(cli: Any, model: Path) -> None:
    answer = cli("predict", model, "--data", "graph.pt")
    assert (answer.code, "the model reads texts, not graphs" in answer.err) == (2, True)


def test_csv_quotes_labels(cli: Any, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_in(monkeypatch, "a good film\n\nbad\n".encode("utf-8-sig"))
    lines = cli("predict", model).out.splitlines()
    assert lines[0] == 'label,"p(no, never)",p(yes)'
    assert len(lines) == 4  # an empty line is a text too: one row a line
    shares = lines[1].rsplit(",", 2)[1:]
    assert abs(sum(map(float, shares)) - 1) < 1e-5


def test_files_of_lines_and_other_columns(cli: Any, model: Path, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("\n".join(TEXTS))
    (tmp_path / "new.tsv").write_text("review\n" + "\n".join(TEXTS))
    lines = cli("predict", model, "new.txt").out
    assert lines == cli("predict", model, "new.tsv", "--text-column", "review", "--threads", "1").out
    assert len(lines.splitlines()) == 4


@pytest.mark.parametrize(("name", "first"), [("out.csv", "label,"), ("out.jsonl", '{"label"')])
def test_the_output_file_names_the_format(cli: Any, model: Path, tmp_path: Path, name: str, first: str) -> None:
    (tmp_path / "new.txt").write_text("good")
    answer = cli("predict", model, "new.txt", "--output", name)
    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / name).read_text().startswith(first)


def test_the_column_of_the_run_is_the_default(cli: Any, carried_out: Any, model: Path, tmp_path: Path) -> None:
    rows = "".join(f"text number {number},{number % 2}\n" for number in range(60))
    (tmp_path / "mine.csv").write_text("review,stars\n" + rows)
    cli("search", "--train", "mine.csv", "--text-column", "review", "--label-column", "stars", "--run-dir", "mine")
    for file in model.iterdir():
        file.rename(tmp_path / "mine" / file.name)
    answer = cli("predict", "mine", "mine.csv")
    assert answer.code == 0, answer.err
    assert len(answer.out.splitlines()) == 61


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "there is no text to predict"), (b"gr\xf6\xdfer\n", "standard input is not UTF-8")]
)
def test_standard_input_that_cannot_be_used(
    cli: Any, model: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
) -> None:
    read_in(monkeypatch, content)
    answer = cli("predict", model, "-")
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.csv"], "absent.csv"),
        (["new.csv", "--text-column", "body"], "has no column 'body'; it has: text"),
        (["empty.csv"], "empty.csv"),
        (["new.xls"], "new.xls"),
    ],
)
def test_files_that_cannot_be_used(cli: Any, model: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "new.csv").write_text("text\ngood\n")
    (tmp_path / "empty.csv").write_text("")
    answer = cli("predict", model, *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_there_is_no_model(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("good")
    answer = cli("predict", "nowhere", "new.txt")
    assert answer.code == 2
    assert "nowhere is no run folder" in answer.err


def test_a_damaged_model(cli: Any, model: Path, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("good")
    (model / "model.safetensors").write_bytes(b"x")
    answer = cli("predict", model, "new.txt")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
