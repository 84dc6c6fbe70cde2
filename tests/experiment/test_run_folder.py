from dataclasses import replace
from pathlib import Path

import pytest

from nni_autoattend.errors import RunFolderError, StorageError
from nni_autoattend.experiment.lock import locked
from nni_autoattend.experiment.run_folder import (
    RunFolder,
    check_new,
    check_resumable,
    make_folder,
    next_free,
    runs_root,
)
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings


@pytest.fixture
def settings() -> RunSettings:
    return resolve_settings("autoattend-text-small", "autoattend", {"task": "listops"})


def test_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert runs_root() == tmp_path / "runs"
    monkeypatch.delenv("AUTOATTEND_HOME")
    assert runs_root() == Path("runs")


def test_names_count_up(tmp_path: Path) -> None:
    assert [next_free(tmp_path / "new", "a-b").name for _ in range(3)] == ["a-b-001", "a-b-002", "a-b-003"]


def test_description_comes_back(tmp_path: Path, settings: RunSettings) -> None:
    RunFolder.create(tmp_path / "run", settings, "f00", "nni-autoattend search")
    folder = RunFolder.open(tmp_path / "run")
    description = folder.description()
    assert folder.settings() == settings
    assert (description["data_fingerprint"], description["command"]) == ("f00", "nni-autoattend search")
    assert "torch" in description["versions"]


def test_states(tmp_path: Path, settings: RunSettings) -> None:
    folder = RunFolder.create(tmp_path, settings, "f", "c")
    assert folder.state == "unfinished"
    with locked(tmp_path):
        assert folder.state == "running"
    folder.finish()
    assert folder.state == "finished"


def test_new_runs_overwrite_nothing(tmp_path: Path, settings: RunSettings) -> None:
    check_new(tmp_path / "absent")
    (tmp_path / ".lock").touch()
    check_new(tmp_path)
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(RunFolderError, match="files that are no run"):
        check_new(tmp_path)
    with pytest.raises(RunFolderError, match="is a file"):
        check_new(tmp_path / "thesis.txt")
    folder = RunFolder.create(tmp_path / "run", settings, "f", "c")
    with pytest.raises(RunFolderError, match="continue it with resume"):
        RunFolder.create(folder.path, settings, "f", "c")
    folder.finish()
    with pytest.raises(RunFolderError, match="never overwritten"):
        RunFolder.create(folder.path, settings, "f", "c")


def test_resuming_names_the_key_that_differs(tmp_path: Path, settings: RunSettings) -> None:
    folder = RunFolder.create(tmp_path, settings, "f", "c")
    check_resumable(folder, replace(settings, budget=99.0), "f")
    other = replace(settings, retrain=replace(settings.retrain, seeds=7), seed=1)
    with pytest.raises(RunFolderError, match=r"retrain\.seeds is 3 there and 7 now; seed is 0 there and 1 now"):
        check_resumable(folder, other)
    with pytest.raises(RunFolderError, match="data_fingerprint"):
        check_resumable(folder, settings, "g")
    folder.finish()
    with pytest.raises(RunFolderError, match="finished"):
        check_resumable(folder, settings)


def test_the_same_data_may_lie_elsewhere(tmp_path: Path) -> None:
    first, second = (resolve_settings("autoattend-text", "autoattend", {"train": name}) for name in ("a.csv", "b.csv"))
    folder = RunFolder.create(tmp_path, first, "f", "c")
    check_resumable(folder, second, "f")


def test_not_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no run\.yaml"):
        RunFolder.open(tmp_path)
    (tmp_path / "run.yaml").write_text("a: [")
    with pytest.raises(RunFolderError, match=r"run\.yaml is not YAML"):
        RunFolder.open(tmp_path).settings()
    (tmp_path / "run.yaml").write_text("a: 1")
    with pytest.raises(RunFolderError, match="does not describe a run"):
        RunFolder.open(tmp_path).description()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot make the run folder"):
        make_folder(tmp_path / "file" / "run")
    with pytest.raises(StorageError, match="cannot make the run folder"):
        next_free(tmp_path / "file", "a")
