"""The forecast in the life of a run; the toy's is counted, not measured (see conftest)."""

import json
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.door import open_run
from nni_autoattend.experiment.forecast_kept import read_forecast
from nni_autoattend.experiment.reporting import report_data
from nni_autoattend.experiment.run import Run
from nni_autoattend.progress import SilentObserver


class Killed(BaseException):
    """No handler of the package catches it."""


class KillAtStep(SilentObserver):
    def __init__(self, step: int) -> None:
        self.left = step

    def advance(self, steps: int = 1, **figures: float) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def test_the_steps_of_a_run_are_those_of_its_forecast(finished: Run) -> None:
    kept = read_forecast(finished.files)
    assert kept is not None and kept.forecast is not None and kept.took is not None
    assert not kept.resumed
    heard = {phase.name: phase.steps for phase in kept.took.phases}
    searched = ("supernet", "evolution", "other")  # the toy's search is none
    assert heard == {phase.name: phase.steps for phase in kept.forecast.phases if phase.name not in searched}
    assert kept.took.seconds >= sum(phase.seconds for phase in kept.took.phases)


def test_the_report_says_how_far_off_it_was(finished: Run) -> None:
    data = report_data(finished.files)
    names = [row.name for row in data.forecast]
    assert names[-2:] == ["total", "peak memory"] and "found" in names
    assert data.forecast_told[0].startswith("forecast ") and ", took " in data.forecast_told[0]
    assert '<section id="forecast"' in (finished.folder / "report.html").read_text()


def test_a_resumed_run_keeps_its_forecast_and_gives_no_percentage(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Killed):
        toy.search(tmp_path / "run", observer=KillAtStep(5))
    first = read_forecast(open_run(tmp_path / "run").files)
    assert first is not None and first.forecast is not None and not first.resumed

    def never(*arguments: Any, **named: Any) -> None:
        raise AssertionError("a forecast is made once")

    monkeypatch.setattr("nni_autoattend.experiment.forecast_making.make_forecast", never)
    run = toy.search(tmp_path / "run", resume=True)
    kept = read_forecast(run.files)
    assert kept is not None and kept.resumed and kept.took is None
    assert kept.forecast == first.forecast
    page = run.report().read_text()
    assert "interrupted and resumed" in page


def test_a_run_that_was_begun_without_one_gets_none(toy: Any, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        toy.search(tmp_path / "run", observer=KillAtStep(5))
    (tmp_path / "run" / "forecast.json").unlink()
    run = toy.search(tmp_path / "run", resume=True)
    assert report_data(run.files).forecast_told == ("no forecast: the run was begun without one",)


def test_a_short_budget_bears_no_forecast(toy: Any, tmp_path: Path) -> None:
    few = {"retrain__seeds": 1, "retrain__top_k": 1, "retrain__baselines": []}
    run = toy.search(tmp_path / "run", budget="59s", **few)
    assert report_data(run.files).forecast_told == ("no forecast: a budget below 60 s leaves no time to measure",)
    assert "leaves no time to measure" in (run.folder / "report.html").read_text()


def test_measuring_has_a_small_part_of_the_budget(toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def given_up(*arguments: Any, seconds: float, is_strict: bool, **named: Any) -> None:
        assert is_strict
        asked.append(seconds)

    monkeypatch.setattr("nni_autoattend.experiment.forecast_making.make_forecast", given_up)
    few = {"retrain__seeds": 1, "retrain__top_k": 1, "retrain__baselines": []}
    for number, budget in enumerate((None, "2m", "10h")):
        run = toy.search(tmp_path / f"run-{number}", budget=budget, **few)
    assert asked == pytest.approx([15.0, 1.8, 15.0])
    assert report_data(run.files).forecast_told == ("no forecast: measuring would have taken more than 15 s",)


def test_a_diverged_forecast_ends_no_run(toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverged(*arguments: Any, **named: Any) -> None:
        raise DivergedError("10 paths in a row had no finite loss")

    monkeypatch.setattr("nni_autoattend.experiment.forecast_making.make_forecast", diverged)
    few = {"retrain__seeds": 1, "retrain__top_k": 1, "retrain__baselines": []}
    run = toy.search(tmp_path / "run", **few)
    assert report_data(run.files).forecast_told == ("no forecast: 10 paths in a row had no finite loss",)


def test_a_retraining_has_its_own(toy: Any, finished: Run, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(finished.folder, tmp_path / "mine")
    again = open_run(tmp_path / "mine").retrain({"seeds": 1, "baselines": []})
    kept = json.loads((again.folder / "forecast.json").read_text())
    assert [phase["name"] for phase in kept["forecast"]["phases"]] == ["tfidf-logistic", "test", "found", "other"]
    assert kept["took"]["seconds"] > 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_measured_forecast_changes_nothing(toy_class: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same run, to the last bit, with a real forecast at its beginning and without one."""
    monkeypatch.setattr("nni_autoattend.experiment.bootstrap.RESAMPLES", 100)
    toy = toy_class()
    tiny = {
        "strategy__arguments__paths": 2,
        "strategy__arguments__population": 6,
        "strategy__arguments__rounds": 1,
        "strategy__search__epochs": 2,
        "strategy__search__batch_size": 25,
    }
    measured = toy.search(tmp_path / "measured", **tiny)
    monkeypatch.setattr("nni_autoattend.experiment.forecast_run._LEAST_BUDGET", float("inf"))
    skipped = toy.search(tmp_path / "skipped", budget="10h", **tiny)
    assert toy.comparable(measured.folder) == toy.comparable(skipped.folder)
    kept, none = read_forecast(measured.files), read_forecast(skipped.files)
    assert none is not None and none.forecast is None
    assert kept is not None and kept.forecast is not None and kept.took is not None
    assert kept.forecast.measured > 10
    heard = {phase.name: phase.steps for phase in kept.took.phases}
    assert heard == {phase.name: phase.steps for phase in kept.forecast.phases if phase.name != "other"}
