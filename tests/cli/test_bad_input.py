"""Every bad input of the command line: exit code 2, one line that says what is wrong, and nothing is left behind."""

import os
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend import files

SMALL = ("--strategy", "autoattend", "--set", "data.size=100")
STRATEGY = "description: x\nkind: {kind}\nclass: {name}\narguments: {arguments}\nsearch: {search}\n"
TRAINING = "{epochs: 1, batch_size: 8, lr: 0.1, trials: 1}"


def csv_of(*rows: str, times: int = 1) -> bytes:
    return ("text,label\n" + "".join(f"{row}\n" for row in rows) * times).encode()


GOOD = csv_of("some words,0", "other words,1", times=20)

CHOICES: dict[str, tuple[list[str], str]] = {
    "unknown space": (["--space", "autoattend-txt"], "unknown space 'autoattend-txt' (did you mean"),
    "unknown strategy": (["--strategy", "evolution"], "unknown strategy 'evolution'"),
    "unknown task": (["--task", "sst6"], "unknown task 'sst6' (did you mean 'sst5'?); known: citeseer, communities, "),
    "unknown key": (["--set", "space.genes.layer=3"], "unknown key 'layer' (did you mean 'layers'?)"),
    "unknown key of data": (["--set", "data.max_lenght=3"], "unknown key 'max_lenght' (did you mean 'max_length'?)"),
    "unknown block": (["--set", "spaces.genes.layers=3"], "a key starts with space., strategy., data."),
    "unknown argument": (
        ["--set", "strategy.arguments.populaton=3"],
        "no 'populaton' there (did you mean 'population'?); known: fitness_metric, mutation, parents, paths, pop",
    ),
    "argument of another strategy": (
        ["--strategy", "random-one-shot", "--set", "strategy.arguments.paths=3"],
        "no 'paths' there; known: none",
    ),
    "unknown operation": (
        ["--set", "space.genes.operations=[zero, identity, convv3]"],
        "unknown operation 'convv3' (did you mean 'conv3'?); known: conv1, conv3, gru, identity, maxpool3, zero",
    ),
    "no setting": (["--set", "three"], "write it as KEY=VALUE"),
    "no YAML": (["--set", "data.size=[1"], "the value is not YAML"),
    "impossible value": (["--set", "space.search.heads=7"], "heads (7) must divide width (64)"),
    "impossible number": (["--set", "strategy.search.lr=.nan"], "lr: expected a finite number, found nan"),
    "no layers": (["--set", "space.genes.layers=0"], "layers must lie between 1 and 99"),
    "no network without operations": (["--set", "space.genes.operations=[zero]"], "at least one operation besides"),
    "unknown metric": (["--metric", "f1"], "metric: 'f1' is unknown"),
    "unknown baseline": (["--set", "retrain.baselines=[bert]"], "unknown baseline 'bert'"),
    "unknown tokenizer": (["--tokenizer", "spacy"], "spacy"),
    "tokenizer that is not there": (["--tokenizer", "nowhere_at_all:split"], "cannot import 'nowhere_at_all'"),
    "no budget": (["--budget", "soon"], "'soon' is not a duration"),
    "no time": (["--budget", "0m"], "leaves no time"),
    "two sources": (["--task", "trec", "--train", "own.csv"], "--task NAME or --train FILE"),
    "phrases of none": (["--phrases"], "task 'listops' has no labelled sub-phrases"),
    "recipe that is not there": (["--space", "absent.yaml"], "cannot read the space recipe absent.yaml"),
    "no file": (["--train", "absent.csv"], "there is no file"),
    "no vectors": (["--vectors", "absent.txt"], "there is no file"),
    "empty root of trees": (["--task", "sst5", "--data-root", "."], "sst/trees/train.txt"),
    "empty root of questions": (["--task", "trec", "--data-root", "."], "trec/TREC_10.label"),
    "file as a run folder": (["--run-dir", "own.csv"], "own.csv is a file; choose another run folder"),
    "folder of other files": (["--run-dir", "."], "holds files that are no run; choose another run folder"),
}

OWN_FILES: dict[str, tuple[str, bytes, list[str], str]] = {
    "empty file": ("own.csv", b"", [], "own.csv is empty"),
    "header only": ("own.csv", csv_of(), [], "own.csv holds no rows"),
    "missing column": (
        "own.csv", GOOD, ["--text-column", "txt"], "no column 'txt' (did you mean 'text'?); it has: text, label",
    ),
    "one class": ("own.csv", csv_of("some words,0", times=40), [], "two classes are needed"),
    "missing cells": ("own.csv", csv_of("a,0", ",1", "b,"), [], "first in row 2"),
    "cells that are no text": (
        "own.jsonl", b'{"text": "a", "label": "0"}\n{"text": 3, "label": "1"}\n' * 20, [], "first in row 2",
    ),
    "wrong encoding": ("own.csv", "text,label\ngrößer,1\n".encode("latin-1"), [], "is not UTF-8: byte 0xf6 in line 2"),
    "unknown suffix": ("own.xls", b"x", [], "known kinds of files: .csv"),
    "not well formed": ("own.jsonl", b'{"text": "a", "label": "0"}\n{"text"\n', [], "own.jsonl"),
    "label that only validation has": (
        "own.csv", GOOD, ["--valid", "valid.csv"], "labels of the valid split that training never sees: 'new' (1 texts",
    ),
    "vectors of two widths": (
        "own.csv", GOOD, ["--vectors", "vectors.txt"], "vectors.txt, line 2 has 2 numbers where 3 are expected",
    ),
}  # fmt: skip


def is_one_line_and_left_nothing(answer: Any, carried_out: Any, message: str) -> None:
    assert (answer.code, answer.out, carried_out.times) == (2, "", 0)
    assert message in answer.err
    assert answer.err.startswith("nni-autoattend: ") and answer.err.count("\n") == 1
    assert not Path(os.environ["AUTOATTEND_HOME"]).exists()


@pytest.mark.parametrize("case", CHOICES)
def test_choices(cli: Any, carried_out: Any, tmp_path: Path, case: str) -> None:
    options, message = CHOICES[case]
    (tmp_path / "own.csv").write_bytes(GOOD)
    is_one_line_and_left_nothing(cli("search", *options), carried_out, message)
    assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]


@pytest.mark.parametrize("case", OWN_FILES)
def test_own_files(cli: Any, carried_out: Any, tmp_path: Path, case: str) -> None:
    name, content, options, message = OWN_FILES[case]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "valid.csv").write_bytes(GOOD + b"odd,new\n")
    (tmp_path / "vectors.txt").write_text("some 1 2 3\nwords 1 2\n")
    is_one_line_and_left_nothing(cli("search", "--train", name, *options), carried_out, message)


@pytest.mark.parametrize("task", ["sst5", "sst2", "trec"])
def test_a_root_without_the_set_names_paths_and_download(cli: Any, carried_out: Any, tmp_path: Path, task: str) -> None:
    answer = cli("search", "--task", task, "--data-root", tmp_path / "data")
    is_one_line_and_left_nothing(answer, carried_out, str(tmp_path / "data"))
    assert "curl" in answer.err or "python" in answer.err


OWN_CLASSES: dict[str, tuple[str, str, str, str]] = {
    "no such module": ("nowhere_at_all:Mine", "one-shot", "{}", "cannot import 'nowhere_at_all'"),
    "no such class": ("nni.nas.strategy:Mine", "one-shot", "{}", "module 'nni.nas.strategy' has no 'Mine'"),
    "a class of the running program": ("__main__:Mine", "one-shot", "{}", "'__main__:Mine' lies in the program"),
    "no name of a class": ("Mine", "one-shot", "{}", "'Mine' is not of the form 'package.module:Name'"),
    "a broken module": ("broken_strategy:Mine", "one-shot", "{}", "ZeroDivisionError: division by zero"),
    "no strategy": ("collections:OrderedDict", "one-shot", "{}", "is not a subclass of nni's Strategy"),
    "another kind": ("nni.nas.strategy:Random", "one-shot", "{}", "is not of kind 'one-shot'"),
    "unknown argument": (
        "nni.nas.strategy:Random", "multi-trial", "{dedupe: true}", "unknown argument 'dedupe' (did you mean 'dedup'?)",
    ),
    "missing argument": ("nni_autoattend.strategy.autoattend:AutoAttend", "one-shot", "{paths: 1}", "'population'"),
    "impossible argument": (
        "nni.nas.strategy:RegularizedEvolution", "multi-trial", "{population_size: 2}", "sample_size must be smaller",
    ),
}  # fmt: skip


@pytest.mark.timeout(180)  # nni is imported
@pytest.mark.parametrize("case", OWN_CLASSES)
def test_strategies_of_ones_own(
    cli: Any, carried_out: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    name, kind, arguments, message = OWN_CLASSES[case]
    (tmp_path / "broken_strategy.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    recipe = STRATEGY.format(kind=kind, name=name, arguments=arguments, search=TRAINING)
    (tmp_path / "mine.yaml").write_text(recipe)
    answer = cli("search", "--strategy", "mine.yaml", "--set", "data.size=100")
    is_one_line_and_left_nothing(answer, carried_out, message)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "strategy.arguments.population=0"], "population must be at least 1, found 0"),
        (["--set", "strategy.arguments.mutation=often"], "strategy 'autoattend'"),
        (["--set", "strategy.class=nni.nas.strategy:ENAS"], "unknown argument"),
        (["--set", "space.class=nowhere_at_all:Mine"], "cannot import 'nowhere_at_all'"),
        (["--set", "space.class=collections:OrderedDict"], "is not a subclass of nni's ModelSpace"),
        (["--set", "space.class=nni.nas.nn.pytorch:ModelSpace"], "does not define from_recipe and architecture"),
    ],
)
def test_values_that_only_the_classes_can_judge(
    cli: Any, carried_out: Any, tmp_path: Path, options: list[str], message: str
) -> None:
    is_one_line_and_left_nothing(cli("search", *SMALL, *options), carried_out, message)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([*SMALL], "already holds a run: it is finished and is never overwritten"),
        ([*SMALL, "--resume"], "is finished and is never overwritten; choose another run folder"),
        (["--resume"], "is finished and is never overwritten; choose another run folder"),
        ([*SMALL, "--seed", "1", "--resume"], "is finished and is never overwritten"),
    ],
)
def test_the_folder_of_a_finished_run(cli: Any, carried_out: Any, options: list[str], message: str) -> None:
    assert cli("search", *SMALL, "--run-dir", "mine").code == 0
    before = contents(Path("mine"))
    answer = cli("search", *options, "--run-dir", "mine")
    carried_out.times -= 1
    is_one_line_and_left_nothing(answer, carried_out, message)
    assert contents(Path("mine")) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "already holds a run: continue it with resume, or choose another run folder"),
        (["--resume", "--seed", "1"], "belongs to a run with other settings: seed is 0 there and 1 now"),
        (["--resume", "--metric", "macro-f1"], "data.metric is 'accuracy' there and 'macro-f1' now"),
    ],
)
def test_the_folder_of_another_run(cli: Any, carried_out: Any, options: list[str], message: str) -> None:
    assert cli("search", *SMALL, "--run-dir", "mine").code == 0
    Path("mine/status.json").unlink()  # as if it had been killed
    before = contents(Path("mine"))
    answer = cli("search", *SMALL, *options, "--run-dir", "mine")
    carried_out.times -= 1
    is_one_line_and_left_nothing(answer, carried_out, message)
    assert contents(Path("mine")) == before


def test_the_folder_of_a_run_on_other_data(cli: Any, carried_out: Any, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_bytes(GOOD)
    assert cli("search", "--train", "own.csv", "--run-dir", "mine").code == 0
    Path("mine/status.json").unlink()
    (tmp_path / "own.csv").write_bytes(GOOD + b"third words,0\n")
    answer = cli("search", "--resume", "--run-dir", "mine")
    assert (answer.code, carried_out.times) == (2, 1)
    assert "mine belongs to a run on other data: data_fingerprint differs" in answer.err.splitlines()[-1]


def test_a_folder_that_cannot_be_made(cli: Any, carried_out: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = cli("search", *SMALL, "--run-dir", "file/mine")
    assert (answer.code, carried_out.times) == (2, 0)
    assert answer.err.splitlines()[-1].startswith("nni-autoattend: cannot make the run folder file/mine: ")


def test_a_full_disk(cli: Any, carried_out: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real ones, in the middle of checkpoints, are in tests/test_kills.py."""

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write_bytes", full)
    answer = cli("search", *SMALL, "--run-dir", "mine")
    assert (answer.code, answer.out) == (2, "")
    assert "cannot write mine/run.yaml: " in answer.err.splitlines()[-1]
    assert "Traceback" not in answer.err


@pytest.mark.timeout(180)
def test_a_loss_that_is_no_number(cli: Any) -> None:
    """Nothing stands in for anything here: a search with an absurd learning rate stops, its state saved."""
    from nni_autoattend.training.checkpoint import load_checkpoint

    tiny = ("space.genes.layers=2", "space.search.width=8", "space.search.heads=2", "strategy.search.lr=1e30")
    answer = cli(
        "search", *SMALL, *(word for value in tiny for word in ("--set", value)), "--threads", "1", "--run-dir", "mine"
    )
    last = answer.err.splitlines()[-1]
    assert (answer.code, answer.out) == (2, "")
    assert last.startswith("nni-autoattend: 10 paths in a row had no finite loss") and "strategy.search.lr" in last
    assert "Traceback" not in answer.err and "fails to be executed" not in answer.err  # NNI's own report
    state = load_checkpoint(Path("mine/checkpoints/supernet.pt"))
    assert state is not None and state["position"]["skipped_in_a_row"] == 16  # the 16 paths of the second step
