"""Killed anywhere and resumed, a run is the run that was never killed, bit for bit (times apart)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend import files
from nni_autoattend.errors import RecipeError, RunFolderError
from nni_autoattend.experiment import flow, measuring, training_run
from nni_autoattend.experiment.door import open_run, resume
from nni_autoattend.journal import Journal
from nni_autoattend.network import model_files
from nni_autoattend.progress import SilentObserver


class Killed(BaseException):
    """No handler of the package catches it, as none can catch SIGKILL."""


class KillAtStep(SilentObserver):
    def __init__(self, step: int) -> None:
        self.left = step

    def advance(self, steps: int = 1, **figures: float) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


@pytest.mark.parametrize(
    "step",
    [
        *(pytest.param(step, marks=pytest.mark.slow) for step in (1, 2, 3, 4, 9, 30, 49)),
        17,
        54,
    ],
)
def test_killed_at_a_step(step: int, toy: Any, tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    every_step = {"strategy__search__checkpoint_minutes": 0}
    with pytest.raises(Killed):
        toy.search(tmp_path / "run", observer=KillAtStep(step), **every_step)
    assert open_run(tmp_path / "run").state == "unfinished"
    toy.search(tmp_path / "run", resume=True, **every_step)
    assert toy.comparable(tmp_path / "run") == uninterrupted
    assert toy.calls == 1


def kill_before(owner: Any, name: str, when: Callable[..., bool]) -> Callable[[pytest.MonkeyPatch], None]:
    def arm(patch: pytest.MonkeyPatch) -> None:
        original = getattr(owner, name)

        def killing(*args: Any, **kwargs: Any) -> Any:
            if when(*args, **kwargs):
                raise Killed
            return original(*args, **kwargs)

        patch.setattr(owner, name, killing)

    return arm


def in_mid_write(path_name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Cut the write of a file in its middle: the temporary neighbour is there, torn."""

    def arm(patch: pytest.MonkeyPatch) -> None:
        original = model_files.write_atomically

        def killing(path: Path, write: Callable[[Path], None]) -> None:
            if path.name == path_name:
                path.with_name(f".{path.name}.1.tmp").write_bytes(b"torn")
                raise Killed
            original(path, write)

        patch.setattr(model_files, "write_atomically", killing)

    return arm


MOMENTS = {
    "before the search is recorded": kill_before(flow, "find_candidates", lambda bench: True),
    "between weights and journal": kill_before(
        Journal, "record", lambda self, stage, key, **values: key == "found/candidate-2/seed0"
    ),
    "between journal and the end of the checkpoint": kill_before(
        training_run, "_from_record", lambda record: record["key"] == "text-cnn/lr-2/seed0"
    ),
    "in the weights of the model": in_mid_write("model.safetensors"),
    "between the files of the model": kill_before(
        model_files, "write_json", lambda path, value: path.name == "model.json"
    ),
    "before the test predictions": kill_before(measuring, "predict_test", lambda *args: True),
    "before the results": kill_before(measuring, "save_results", lambda *args: True),
    "before the report": kill_before(flow, "write_run_report", lambda folder: True),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_moment(moment: str, toy: Any, tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        MOMENTS[moment](patch)
        with pytest.raises(Killed):
            toy.search(tmp_path / "run")
    if "model" in moment:  # half a model is no model
        with pytest.raises(RunFolderError, match="no saved model"):
            open_run(tmp_path / "run").predict(["[MAX 1 2 ]"])
    toy.search(tmp_path / "run", resume=True)
    assert toy.comparable(tmp_path / "run") == uninterrupted


def test_killed_twice_without_a_name(toy: Any, uninterrupted: dict[str, Any]) -> None:
    """``resume`` alone finds the newest unfinished run of the same settings."""
    for kill in (KillAtStep(20), KillAtStep(9)):
        with pytest.raises(Killed):
            toy.search(observer=kill, resume=kill.left == 9)
    run = toy.search(resume=True)
    assert toy.comparable(run.folder) == uninterrupted


def test_resumed_by_its_folder_alone(toy: Any, tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    with pytest.raises(Killed):
        toy.search(tmp_path / "run", observer=KillAtStep(20))
    torn = tmp_path / "run" / "checkpoints" / f".supernet.pt.{2**31}.tmp"  # no process has this number
    torn.touch()
    assert resume(tmp_path / "run").state == "finished"
    assert toy.comparable(tmp_path / "run") == uninterrupted
    assert not torn.exists()
    with pytest.raises(RunFolderError, match="finished and is never overwritten"):
        resume(tmp_path / "run")


def test_another_budget_is_no_other_run(toy: Any, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        toy.search(tmp_path / "run", observer=KillAtStep(1))
    with pytest.raises(RecipeError, match="'soon' is not a duration"):
        resume(tmp_path / "run", budget="soon")
    assert resume(tmp_path / "run", budget="3h").state == "finished"


def test_what_cannot_be_resumed_by_its_folder(toy: Any, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="absent is no run folder"):
        resume(tmp_path / "absent")
    run = toy.search(tmp_path / "run")
    again = run.retrain({"seeds": 1})
    with pytest.raises(RunFolderError, match=r"is a retraining: nni-autoattend retrain .*run --resume"):
        resume(again.folder)


def test_other_versions_are_told(toy: Any, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        toy.search(tmp_path / "run", observer=KillAtStep(1))
    path = tmp_path / "run" / "run.yaml"
    path.write_text(path.read_text().replace("\n  torch: ", "\n  torch: 0."))
    told: list[str] = []
    observer = KillAtStep(1)
    observer.say = told.append  # type: ignore[method-assign]
    with pytest.raises(Killed):
        toy.search(tmp_path / "run", resume=True, observer=observer)
    assert [line for line in told if line.startswith("torch was 0.") and "bit for bit" in line]


def test_nothing_is_trained_twice(toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.MonkeyPatch.context() as patch:
        MOMENTS["before the results"](patch)
        with pytest.raises(Killed):
            toy.search(tmp_path / "run")

    def forbidden(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("trained or predicted again")

    monkeypatch.setattr("nni_autoattend.training.loop.fit", forbidden)
    monkeypatch.setattr("nni_autoattend.training.evaluation.logits_of", forbidden)
    monkeypatch.setattr("nni_autoattend.baselines.tfidf_logistic.TfidfLogistic.fit", forbidden)
    assert toy.search(tmp_path / "run", resume=True).state == "finished"


def test_a_folder_where_nothing_was_written_is_begun(toy: Any, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        kill_before(files, "write_text", lambda path, text: True)(patch)
        patch.setattr("nni_autoattend.experiment.run_folder.write_text", files.write_text)
        with pytest.raises(Killed):
            toy.search(tmp_path / "run")
    assert not (tmp_path / "run" / "run.yaml").exists()
    assert toy.search(tmp_path / "run", resume=True).state == "finished"
