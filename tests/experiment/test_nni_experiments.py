import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment import nni_experiments
from nni_autoattend.experiment.door import open_run, resume
from nni_autoattend.experiment.listing import list_runs
from nni_autoattend.experiment.run import Run


@pytest.fixture
def experiments(finished: Run, tmp_path: Path) -> dict[str, Path]:
    """Two experiments: one in NNI's home, one elsewhere that NNI's list knows, and somebody's without a run of ours."""
    home, elsewhere = tmp_path / "nni-experiments", tmp_path / "else # where"
    for folder in (home / "inhome01", elsewhere / "else0001"):
        shutil.copytree(finished.folder, folder / "run")
        (folder / "db").mkdir()
    (home / "theirs01").mkdir()
    (home / "_latest").symlink_to("inhome01", target_is_directory=True)
    noted: dict[str, Any] = {"else0001": {"logDir": str(elsewhere)}, "gone0001": {"logDir": str(tmp_path / "gone")}}
    (home / ".experiment").write_text(json.dumps(noted))
    return {"inhome01": home / "inhome01", "else0001": elsewhere / "else0001"}


def test_runs_of_experiments_are_listed_with_the_others(experiments: dict[str, Path], finished: Run) -> None:
    own = shutil.copytree(finished.folder, Path("runs").absolute() / "own-001")
    listed = {run.name: run.path for run in list_runs()}
    assert listed == {"own-001": own, **{name: folder / "run" for name, folder in experiments.items()}}
    assert [run.name for run in list_runs("runs")] == ["own-001"]


def test_a_retraining_of_an_experiments_run_is_listed_below_it(experiments: dict[str, Path], finished: Run) -> None:
    shutil.copytree(finished.folder, experiments["else0001"] / "run" / "retrain-001")
    assert "else0001/retrain-001" in {run.name for run in list_runs()}


def test_an_experiment_is_opened_by_id_by_folder_and_by_run(experiments: dict[str, Path], finished: Run) -> None:
    for name, folder in experiments.items():
        for given in (name, folder, str(folder / "run")):
            assert open_run(given).folder == folder / "run"
            assert open_run(given).best == finished.best


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', '{"a": {"logDir": null}}'])
def test_a_list_of_nnis_that_cannot_be_read_hides_nothing_else(content: str, experiments: dict[str, Path]) -> None:
    (nni_experiments.nni_home() / ".experiment").write_text(content)
    assert [name for name, _ in nni_experiments.experiment_runs()] == ["inhome01"]


def test_without_nni_there_are_no_experiments() -> None:
    assert list(nni_experiments.experiment_runs()) == []
    with pytest.raises(RunFolderError, match="no run folder"):
        open_run("inhome01")


def test_an_experiment_is_resumed_by_nnictl(experiments: dict[str, Path]) -> None:
    (experiments["else0001"] / "run" / "status.json").unlink()
    with pytest.raises(RunFolderError, match="nnictl resume else0001"):
        resume("else0001")


def test_a_run_of_its_own_is_no_experiment(tmp_path: Path) -> None:
    assert nni_experiments.experiment_of(tmp_path / "run") is None
