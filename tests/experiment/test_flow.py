import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from nni_autoattend.budget import Deadline
from nni_autoattend.progress import SilentObserver


def test_a_budget_that_is_over_at_once_still_ends_with_a_model(toy: Any, tmp_path: Path) -> None:
    run = toy.search(tmp_path / "run", budget=0.001)
    assert run.state == "finished"
    assert [row.name for row in run.results] == ["found", "tfidf-logistic"]
    assert run.predict(["[MAX 1 2 ]"])[0].label in run.summary.labels
    notes = run.summary.notes
    assert "the budget ended the search; the architectures are the best so far" in notes
    assert "text-cnn: not trained, the budget was used up" in notes
    assert "found: 1 of 2 tuning runs, the budget was used up" in notes
    assert any("the budget ended its training after 0 of 2 epochs" in note for note in notes)
    page = (run.folder / "report.html").read_text()
    assert "text-cnn: not trained, the budget was used up" in page


def test_a_budget_that_is_not_used_up_changes_nothing(toy: Any, tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    toy.search(tmp_path / "run", budget="10h")
    assert toy.comparable(tmp_path / "run") == uninterrupted


def test_work_files_go_and_threads_are_put_back(toy: Any, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    toy.search(tmp_path / "run", threads=3, retrain__seeds=1, retrain__top_k=1, retrain__baselines=[])
    assert torch.get_num_threads() == before
    assert not (tmp_path / "run" / "checkpoints").exists()
    assert not list((tmp_path / "run").rglob(".*.tmp"))


def test_fewer_architectures_than_tuning_runs_are_told(toy: Any, tmp_path: Path) -> None:
    few = {"retrain__seeds": 1, "retrain__top_k": 9, "retrain__baselines": []}
    notes = toy.search(tmp_path / "run", **few).summary.notes
    assert any(note.startswith("retrain.top_k asks for 9 tuning runs, the search handed over ") for note in notes)


def test_own_word_vectors(toy: Any, tmp_path: Path) -> None:
    """Frozen vectors travel with the model: neither their file nor the work files are needed to predict."""
    vectors = tmp_path / "vectors.txt"
    rows = [f"{word} {index}.0 1.0 0.5 0.25\n" for index, word in enumerate(["[max", "[min", "]", "7"])]
    vectors.write_text("".join(rows))
    few = {"retrain__seeds": 1, "retrain__top_k": 1, "retrain__baselines": []}
    run = toy.search(tmp_path / "run", data={"task": "listops", "vectors": str(vectors)}, **few)
    vectors.unlink()
    assert not list((tmp_path / "run" / "checkpoints").glob("embedding*"))
    assert run.predict(["[MAX 7 7 ]"])[0].label in run.summary.labels


class Listening(SilentObserver):
    """Notes what is said, and plays a kill when ``killing`` begins."""

    def __init__(self, killing: str = "") -> None:
        self.killing = killing
        self.said: list[str] = []

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        if phase == self.killing:
            raise KeyboardInterrupt

    def say(self, text: str) -> None:
        self.said.append(text)


def test_what_the_search_says_of_itself_is_told_and_stands_in_the_report(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a run that was killed after its search, too: the journal keeps it."""
    note = "the strategy was stopped, and this is why"

    def search_architectures(space: Any, strategy: Any, data: Any, context: Any) -> Any:
        context.notes.append(note)
        return toy.search_architectures(space, strategy, data, context)

    monkeypatch.setattr(sys.modules["nni_autoattend.strategy.search"], "search_architectures", search_architectures)
    first, second = Listening(killing="tfidf-logistic"), Listening()
    with pytest.raises(KeyboardInterrupt):
        toy.search(tmp_path / "run", observer=first)
    run = toy.search(tmp_path / "run", resume=True, observer=second)
    assert toy.calls == 1
    assert first.said.count(note) == second.said.count(note) == 1
    assert note in run.summary.notes and note in (run.folder / "report.html").read_text()
