import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.nnictl import trial, trial_here, trial_work
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.nnictl.settings_file import fingerprint, read_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def code(tmp_path: Path, toy_settings: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A code folder, where trials are started."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "autoattend.yml").write_text(yaml.safe_dump(toy_settings()), encoding="utf-8")
    monkeypatch.chdir(tmp_path / "code")
    return tmp_path / "code"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "abc" / "environments" / "local-env" / "trials" / "job"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def nni(monkeypatch: pytest.MonkeyPatch, output: Path) -> dict[str, Any]:
    """NNI hands out ``parameters``; ``done`` is what was done with them."""
    state: dict[str, Any] = {"parameters": {"layer01_kind": "addition"}, "done": None, "error": None}

    class Reporter:
        def parameters(self) -> Any:
            return state["parameters"]

    def do_trial(*work: Any) -> None:
        if state["error"] is not None:
            raise state["error"]
        state["done"] = work

    monkeypatch.setattr(trial_here, "Reporter", Reporter)
    monkeypatch.setattr(trial, "end_with_parent", lambda: None)
    monkeypatch.setattr(trial_work, "do_trial", do_trial)
    monkeypatch.setenv("NNI_OUTPUT_DIR", str(output))
    return state


def test_nnis_own_tuner_and_our_settings_file(code: Path, nni: dict[str, Any], output: Path) -> None:
    assert trial.main(["autoattend.yml"]) == 0
    order, settings, folder, run, _ = nni["done"]
    assert (order, folder, run) == (Order(nni["parameters"]), output, None)
    assert settings == read_settings(code / "autoattend.yml")


def test_the_tuners_strategy_is_the_trials(code: Path, nni: dict[str, Any]) -> None:
    known = fingerprint(read_settings(code / "autoattend.yml", "enas"))
    nni["parameters"] = {"phase": "supernet", "strategy": "enas", "settings": known}
    assert trial.main([]) == 0
    assert nni["done"][1].strategy.name == "enas"


def test_a_file_that_says_something_else_is_told(
    code: Path, nni: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    nni["parameters"] = {"phase": "supernet", "strategy": "enas", "settings": "01234567"}
    assert trial.main([]) == 2
    assert "says something else than the tuner's" in capsys.readouterr().err
    assert nni["done"] is None


def test_beside_the_tuner_the_settings_of_the_beginning_count(code: Path, nni: dict[str, Any], output: Path) -> None:
    settings = read_settings(code / "autoattend.yml", "enas")
    run = RunFolder(output.parents[3] / "run")
    run.describe(settings, "print", "command")
    (code / "autoattend.yml").write_text("space: changed-meanwhile", encoding="utf-8")
    nni["parameters"] = {"phase": "supernet", "strategy": "enas", "settings": fingerprint(settings)}
    assert trial.main([]) == 0
    assert nni["done"][1] == settings
    assert nni["done"][3].path == run.path


@pytest.mark.parametrize(
    ("parameters", "told"),
    [({}, "genes of an architecture"), ({"phase": "other"}, "unknown phase 'other'")],
)
def test_parameters_that_cannot_be(
    parameters: Any, told: str, code: Path, nni: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    nni["parameters"] = parameters
    assert trial.main([]) == 2
    assert told in capsys.readouterr().err


def test_a_failure_is_one_line(code: Path, nni: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    nni["error"] = DivergedError("ten batches in a row without a finite loss")
    assert trial.main([]) == 2
    assert capsys.readouterr().err == "trial failed: ten batches in a row without a finite loss\n"


def test_a_cancelled_trial_goes_quietly(code: Path, nni: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    nni["error"] = KeyboardInterrupt()
    assert trial.main([]) == 130
    assert capsys.readouterr().err == ""


def test_without_nni_there_is_no_trial(
    code: Path, nni: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NNI_OUTPUT_DIR")
    assert trial.main([]) == 2
    assert "nnictl create" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("trial_work", {"nni", "pytorch_lightning", "pandas"}),  # nni.nas takes a dozen seconds, pandas one
        ("trial", {"torch", "nni", "yaml"}),  # most of what a warm trial waits for
        ("tuner", {"torch", "nni.nas", "pytorch_lightning"}),  # it has ten seconds to connect
        ("checks", {"torch", "nni"}),
    ],
)
def test_what_is_heavy_is_not_imported_where_it_would_be_waited_for(module: str, absent: set[str]) -> None:
    program = f"import sys, nni_autoattend.nnictl.{module}; print(sorted({absent!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
