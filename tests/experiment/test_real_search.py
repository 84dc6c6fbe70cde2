"""The whole way with the real strategy: NNI, supernet, evolution, retraining, report."""

import json
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.progress import SilentObserver

TINY = {
    "strategy__arguments__paths": 2,
    "strategy__arguments__population": 6,
    "strategy__arguments__rounds": 1,
    "strategy__arguments__parents": 3,
    "strategy__arguments__top_k": 2,
    "strategy__search__epochs": 2,
    "strategy__search__batch_size": 25,
    "strategy__search__checkpoint_minutes": 0,
}


class KillAtStep(SilentObserver):
    def __init__(self, step: int) -> None:
        self.left = step

    def advance(self, steps: int = 1, **figures: float) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_searched_killed_and_resumed(toy_class: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nni_autoattend.experiment.bootstrap.RESAMPLES", 100)
    toy = toy_class()
    run = toy.search(tmp_path / "whole", **TINY)
    assert run.state == "finished"
    keys = [candidate.architecture.network_key() for candidate in run.candidates]
    assert len(set(keys)) == len(keys) == 2
    fitness = [candidate.fitness for candidate in run.candidates]
    assert fitness == sorted(fitness, reverse=True)
    events = [json.loads(line) for line in (run.folder / "journal.jsonl").read_text().splitlines()]
    assert len([event for event in events if event["stage"] == "evaluation"]) == 9
    for number, step in enumerate((3, 12, 20)):  # in the supernet, in the evolution, in retraining
        folder = tmp_path / f"killed-{number}"
        with pytest.raises(KeyboardInterrupt):
            toy.search(folder, observer=KillAtStep(step), **TINY)
        toy.search(folder, resume=True, **TINY)
        assert toy.comparable(folder) == toy.comparable(run.folder)
