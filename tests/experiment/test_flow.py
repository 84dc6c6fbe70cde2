from pathlib import Path
from typing import Any

import torch


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
