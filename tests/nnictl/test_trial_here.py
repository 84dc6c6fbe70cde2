from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.errors import ExperimentError, RecipeError, StorageError
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.nnictl import trial_here, trial_work
from nni_autoattend.nnictl.parameters import SUPERNET, Order
from nni_autoattend.nnictl.settings_file import fingerprint, read_settings
from nni_autoattend.nnictl.trial_here import output_folder, run_folder, settings_of, work


@pytest.fixture
def file(tmp_path: Path, toy_settings: Callable[..., Any]) -> Path:
    """The settings file."""
    path = tmp_path / "code" / "mine.yml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(toy_settings()), encoding="utf-8")
    return path


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The trial's own folder."""
    path = tmp_path / "abc" / "environments" / "local-env" / "trials" / "job"
    path.mkdir(parents=True)
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(path))
    return path


def test_the_folder_is_the_one_that_nni_names(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert output_folder() == output
    monkeypatch.delenv("NNI_OUTPUT_DIR")
    with pytest.raises(ExperimentError, match="nnictl create --config"):
        output_folder()


def test_a_run_that_is_not_described_is_none(output: Path, file: Path) -> None:
    run = RunFolder(output.parents[3] / "run")
    assert run_folder(output) is None
    run.path.mkdir()
    assert run_folder(output) is None
    run.describe(read_settings(file), "print", "command")
    found = run_folder(output)
    assert found is not None and found.path == run.path
    assert run_folder(Path("/short")) is None


def test_settings_are_the_files_until_there_is_a_run(output: Path, file: Path) -> None:
    assert settings_of(Order({}, SUPERNET, "enas"), output, file) == read_settings(file, "enas")
    kept = read_settings(file, "autoattend")
    RunFolder(output.parents[3] / "run").describe(kept, "print", "command")
    file.unlink()
    assert settings_of(Order({}, SUPERNET, "autoattend", fingerprint(kept)), output, file) == kept


@pytest.mark.parametrize("described", [True, False])
def test_other_settings_than_the_tuners_are_refused(described: bool, output: Path, file: Path) -> None:
    if described:
        RunFolder(output.parents[3] / "run").describe(read_settings(file), "print", "command")
    with pytest.raises(ExperimentError, match=r"the tuner has 01234567\): create a new experiment"):
        settings_of(Order({}, None, "random", "01234567"), output, file)


class Reporter:
    """NNI hands out one architecture's genes, as a tuner of its own does."""

    def parameters(self) -> dict[str, Any]:
        return {"layer01_kind": "addition"}


@pytest.mark.parametrize("ours", [True, False])
def test_the_first_trial_of_nnis_own_tuner_begins_the_run(
    ours: bool, output: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (output.parents[3] / "db").mkdir()
    done: list[Any] = []
    own = {"strategy": "random"} if ours else {}
    monkeypatch.setattr(Reporter, "parameters", lambda self: {"layer01_kind": "addition", **own})
    monkeypatch.setattr(trial_here, "Reporter", Reporter)
    monkeypatch.setattr(trial_work, "do_trial", lambda *of: done.append(of))
    assert work([str(file)]) == 0
    ((order, settings, folder, run, _),) = done
    assert (order.genes, folder, settings) == ({"layer01_kind": "addition"}, output, read_settings(file))
    assert (run is None) == ours
    assert RunFolder(output.parents[3] / "run").described != ours


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (RecipeError("no such key"), 2, "trial failed: no such key\n"),
        (StorageError("the disk is full"), StorageError.exit_code, "trial failed: the disk is full\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_failure_is_one_line_and_an_exit_code(
    error: BaseException,
    code: int,
    told: str,
    output: Path,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*of: Any) -> None:
        raise error

    monkeypatch.setattr(trial_here, "Reporter", Reporter)
    monkeypatch.setattr(trial_work, "do_trial", fail)
    assert work([str(file)]) == code
    assert capsys.readouterr().err == told


def test_the_settings_file_has_a_usual_name(output: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(trial_here, "Reporter", Reporter)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match=r"settings file autoattend\.yml"):
        settings_of(Order({"layer01_kind": "addition"}), output, Path("autoattend.yml"))
    assert work([]) == 2
