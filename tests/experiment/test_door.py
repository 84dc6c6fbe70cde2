import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DataError, RunFolderError, UnknownNameError
from nni_autoattend.experiment.door import open_run
from nni_autoattend.experiment.run import Run
from nni_autoattend.progress import SilentObserver
from nni_autoattend.training.metrics import confusion, score


class Told(SilentObserver):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_a_whole_run(toy: Any, tmp_path: Path) -> None:
    observer = Told()
    run = toy.search(observer=observer)
    assert run.folder == tmp_path / "runs" / "autoattend-text-small-autoattend-listops-001"
    assert run.state == "finished"
    assert [candidate.architecture for candidate in run.candidates] == [toy.first, toy.second]
    assert run.best in (toy.first, toy.second)
    rows = {row.name: row for row in run.results}
    assert next(iter(rows)) == "found"
    kinds = {name: row.kind for name, row in rows.items()}
    assert kinds == {
        "found": "found",
        "text-cnn": "baseline",
        "random-architecture": "control",
        "tfidf-logistic": "trivial",
    }
    assert rows["found"].verdict == "" and rows["found"].seeds == 2
    assert all(row.verdict in ("beats", "equal", "loses") for name, row in rows.items() if name != "found")
    assert all(row.parameters and row.cpu_seconds for row in rows.values())
    assert observer.lines[0].startswith("listops train: 100 texts (0 ")
    assert "<svg" in (run.folder / "report.html").read_text()


def test_numbers_can_be_computed_again(finished: Run) -> None:
    run = finished
    for row in run.results:
        files = sorted(run.folder.glob(f"predictions/{row.name}-seed*.json"))
        values = [json.loads(file.read_text()) for file in files]
        scores = [score("accuracy", value["labels"], value["predictions"], 10) for value in values]
        assert len(scores) == row.seeds
        assert sum(scores) / len(scores) == pytest.approx(row.test_mean)
    model = run.summary.model
    value = json.loads((run.folder / f"predictions/found-seed{model['seed']}.json").read_text())
    counts = confusion(value["labels"], value["predictions"], 10)
    page = (run.folder / "report.html").read_text()
    assert sum(sum(row) for row in counts) == 25
    assert re.search(r"onfusion", page)


def test_the_protocol(finished: Run) -> None:
    """As many tuning runs for everybody; the picked one is the best on the selection half and its row's first seed."""
    run = finished
    events = [json.loads(line) for line in (run.folder / "journal.jsonl").read_text().splitlines()]
    trained = [event for event in events if event["stage"] == "retrain"]
    for name in ("found", "text-cnn", "random-architecture"):
        own = [event for event in trained if event["name"] == name]
        tuning = [event for event in own if event["seed"] == 0]
        assert (len(tuning), len(own)) == (2, 3)
        picked = max(tuning, key=lambda event: event["score"])
        assert [event["label"] for event in own if event["seed"] == 1] == [picked["label"]]
        row = next(row for row in run.results if row.name == name)
        finals = [event["score"] for event in own if event["label"] == picked["label"]]
        assert row.validation == pytest.approx(sum(finals) / 2)
    assert [event["runs"] for event in events if event["stage"] == "trivial"] == [2]


def test_the_saved_model_is_the_best_on_selection_and_predicts(finished: Run) -> None:
    run = finished
    model = run.summary.model
    events = [json.loads(line) for line in (run.folder / "journal.jsonl").read_text().splitlines()]
    finals = [event for event in events if event.get("name") == "found" and event["label"] == model["training"]]
    assert model["seed"] == max(finals, key=lambda event: event["score"])["seed"]
    saved = run.classifier()
    assert saved.description["selection_score"] == max(event["score"] for event in finals)
    assert saved.architecture == run.best

    texts = ["[MAX 2 9 ]", "[SM 1 1 [MIN 4 7 ] ]"]
    predictions = run.predict(texts)
    assert predictions == run.predict(pd.DataFrame({"text": texts, "other": [1, 2]}))
    assert all(abs(sum(item.probabilities.values()) - 1) < 1e-6 for item in predictions)
    with pytest.raises(DataError, match="no column 'text'; its columns: txt"):
        run.predict(pd.DataFrame({"txt": texts}))


def test_a_finished_run_is_never_overwritten(toy: Any, finished: Run) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*")}
    for resume in (False, True):
        with pytest.raises(RunFolderError, match="never overwritten"):
            toy.search(finished.folder, resume=resume)
    assert {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*")} == before
    with pytest.raises(RunFolderError, match="no unfinished run"):
        toy.search(resume=True)


def test_nothing_is_left_of_a_run_that_cannot_start(toy: Any, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        toy.search(tmp_path / "mine", data={"task": "nope"})
    assert not (tmp_path / "mine").exists()
    assert toy.calls == 0


def test_other_data_are_refused(toy: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": [f"w{i % 7} w{i % 3}" for i in range(60)], "label": [f"c{i % 2}" for i in range(60)]})
    frame.to_csv(tmp_path / "mine.csv", index=False)
    data = {"train": str(tmp_path / "mine.csv")}

    class Stop(SilentObserver):
        def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        toy.search(tmp_path / "run", data=data, observer=Stop())
    frame.iloc[1:].to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(RunFolderError, match="other data"):
        toy.search(tmp_path / "run", data=data, resume=True)
    frame.to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(RunFolderError, match=r"retrain\.epochs is 2 there and 3 now"):
        toy.search(tmp_path / "run", data=data, resume=True, retrain__epochs=3)
    assert toy.search(tmp_path / "run", data=data, resume=True).state == "finished"


def test_open_run_by_name_and_path(finished: Run, tmp_path: Path) -> None:
    shutil.copytree(finished.folder, tmp_path / "runs" / "mine")
    assert open_run(finished.folder).best == open_run("mine").best == finished.best
    assert open_run("mine").folder == tmp_path / "runs" / "mine"
    with pytest.raises(RunFolderError, match="no run folder"):
        open_run("nowhere")


def test_equal_runs_are_equal_and_other_seeds_are_not(toy: Any, tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    toy.search(tmp_path / "same")
    assert toy.comparable(tmp_path / "same") == uninterrupted
    toy.search(tmp_path / "other", seed=1)
    assert toy.comparable(tmp_path / "other")["files"] != uninterrupted["files"]


def test_importing_the_package_and_the_experiment_needs_no_torch(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "nni_autoattend" / "experiment"
    modules = ", ".join(f"nni_autoattend.experiment.{path.stem}" for path in folder.glob("*.py") if path.stem[0] != "_")
    program = (
        f"import sys, nni_autoattend, {modules}\n"
        "assert nni_autoattend.search and nni_autoattend.list_runs() == []\n"
        "assert not {'torch', 'nni', 'pandas', 'sklearn'} & set(sys.modules), 'heavy'\n"
    )
    environment = {**os.environ, "HOME": str(tmp_path)}  # where NNI notes its experiments
    subprocess.run([sys.executable, "-c", program], check=True, cwd=folder.parents[1], env=environment)
