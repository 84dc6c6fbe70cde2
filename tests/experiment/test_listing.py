import shutil
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.door import open_run
from nni_autoattend.experiment.listing import list_runs
from nni_autoattend.experiment.run import Run
from nni_autoattend.progress import SilentObserver


class Stop(SilentObserver):
    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        raise KeyboardInterrupt


def test_runs_in_every_state(toy: Any, finished: Run, tmp_path: Path) -> None:
    assert list_runs() == []
    name = "autoattend-text-small-autoattend-listops"
    run = open_run(shutil.copytree(finished.folder, tmp_path / "runs" / f"{name}-001"))
    again = run.retrain({"epochs": 1, "seeds": 1, "top_k": 1, "baselines": []})
    with pytest.raises(KeyboardInterrupt):
        toy.search(observer=Stop())
    damaged = tmp_path / "runs" / "damaged"
    damaged.mkdir()
    (damaged / "run.yaml").write_text("settings: 1\ndata_fingerprint: x\n")
    (tmp_path / "runs" / "data").mkdir()
    runs = {summary.name: summary for summary in list_runs()}
    assert {key: summary.state for key, summary in runs.items()} == {
        "damaged": "damaged",
        f"{name}-001": "finished",
        f"{name}-001/retrain-001": "finished",
        f"{name}-002": "unfinished",
    }
    first = runs[f"{name}-001"]
    assert (first.space, first.strategy, first.data) == ("autoattend-text-small", "autoattend", "listops")
    assert first.test == run.results[0].test_mean
    assert runs[f"{name}-001/retrain-001"].path == again.folder
    assert runs[f"{name}-002"].test is None
    assert list_runs(tmp_path / "runs") == list_runs()
