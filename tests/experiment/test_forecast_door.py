from pathlib import Path
from typing import Any

import pytest

import nni_autoattend
from nni_autoattend.errors import DataError, UnknownNameError
from nni_autoattend.experiment.forecast import Forecast
from nni_autoattend.experiment.forecast_door import forecast
from nni_autoattend.progress import SilentObserver


class Told(SilentObserver):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_the_door_measures_what_a_search_would_do_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def make(settings: Any, splits: Any, data: Any, *, seconds: float, prepared: float) -> Forecast:
        asked.update(settings=settings, texts=len(data.train), prepared=prepared)
        return Forecast((), None, settings.budget, 0.0, 0)

    monkeypatch.setattr("nni_autoattend.experiment.forecast_door.make_forecast", make)
    (tmp_path / "vectors.txt").write_text("[max 1.0 0.5 0.25\n")
    before = sorted(tmp_path.iterdir())
    told = Told()
    data = {"task": "listops", "vectors": str(tmp_path / "vectors.txt")}
    made = forecast("autoattend-text", "random", data, budget="2m", overrides={"data.size": 100}, observer=told)
    assert made.budget == 120.0
    assert (asked["settings"].space.name, asked["settings"].strategy.name, asked["texts"]) == (
        "autoattend-text",
        "random",
        100,
    )
    assert asked["prepared"] > 0
    assert sorted(tmp_path.iterdir()) == before
    assert told.lines == ["timing some real steps, about 25 s"]


def test_bad_choices_are_told_before_anything_is_measured() -> None:
    with pytest.raises(UnknownNameError):
        forecast(strategy="nope")
    with pytest.raises(DataError):
        forecast(data={"train": "absent.csv"})


def test_it_is_a_public_name() -> None:
    assert nni_autoattend.forecast is forecast
    assert nni_autoattend.Forecast is Forecast
