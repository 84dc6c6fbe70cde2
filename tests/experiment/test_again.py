import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.errors import RecipeError, RunFolderError, UnknownNameError
from nni_autoattend.experiment.door import open_run
from nni_autoattend.experiment.run import Run
from nni_autoattend.progress import SilentObserver

SHORT = {"epochs": 1, "seeds": 1, "top_k": 1, "baselines": []}


@pytest.fixture
def searched(finished: Run, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished.folder, tmp_path / "searched"))


def test_retrained_beside_and_untouched(searched: Path, toy: Any) -> None:
    before = {path: path.read_bytes() for path in searched.rglob("*") if path.is_file() and path.name != ".lock"}
    run = open_run(searched)
    again = run.retrain({"width": 16, "baselines": []}, seed=5)
    assert again.folder == searched / "retrain-001"
    assert again.state == "finished"
    assert toy.calls == 0
    assert [candidate.architecture for candidate in again.candidates] == [toy.first, toy.second]
    assert again.settings.retrain.width == 16
    assert [row.seeds for row in again.results] == [2, 1]
    assert again.results[0].parameters > run.results[0].parameters
    assert sorted(path.name for path in again.folder.glob("predictions/found-*")) == [
        "found-seed5.json",
        "found-seed6.json",
    ]
    assert again.predict(["[MAX 1 2 ]"])[0].label in again.summary.labels
    assert run.retrain(SHORT).folder == searched / "retrain-002"
    assert {path: path.read_bytes() for path in before} == before


def test_an_unfinished_retraining_is_resumed(searched: Path, toy: Any) -> None:
    class Stop(SilentObserver):
        def advance(self, steps: int = 1, **figures: float) -> None:
            raise KeyboardInterrupt

    run = open_run(searched)
    with pytest.raises(KeyboardInterrupt):
        run.retrain({**SHORT, "batch_size": 25}, observer=Stop())
    unfinished = next(path for path in sorted(searched.glob("retrain-*")) if open_run(path).state == "unfinished")
    with pytest.raises(RunFolderError, match=r"retrain\.batch_size is 25 there and 50 now"):
        run.retrain(SHORT, resume=True)
    assert run.retrain({**SHORT, "batch_size": 25}, resume=True).folder == unfinished


def test_bad_retrainings(searched: Path, toy: Any, tmp_path: Path) -> None:
    run = open_run(searched)
    with pytest.raises(RecipeError, match="did you mean 'width'"):
        run.retrain({"widht": 16})
    with pytest.raises(UnknownNameError, match="baseline"):
        run.retrain({"baselines": ["nope"]})
    with pytest.raises(RecipeError, match="not a duration"):
        run.retrain(budget="soon")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("run.yaml", "best.json"):
        (copy / name).write_bytes((searched / name).read_bytes())
    with pytest.raises(RunFolderError, match=r"search of .* is not over"):
        open_run(copy).retrain()
    text = (searched / "run.yaml").read_text()
    fingerprint = open_run(searched).files.description()["data_fingerprint"]
    (copy / "run.yaml").write_text(text.replace(fingerprint, "0" * 64))
    (copy / "architectures.jsonl").write_bytes((searched / "architectures.jsonl").read_bytes())
    with pytest.raises(RunFolderError, match="data have changed"):
        open_run(copy).retrain()
    assert not list(copy.glob("retrain-*"))


def test_the_command_repeats_it(searched: Path, toy: Any) -> None:
    again = open_run(searched).retrain(SHORT)
    command = again.files.description()["command"]
    assert command.endswith(
        "--set retrain.epochs=1 --set retrain.seeds=1 --set retrain.top_k=1 --set 'retrain.baselines=[]'"
    )
    assert json.loads((again.folder / "status.json").read_text())["state"] == "finished"
