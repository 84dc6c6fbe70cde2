import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nni_autoattend.experiment import forecast_making
from nni_autoattend.experiment.forecast import MemoryForecast
from nni_autoattend.experiment.forecast_costs import RunCost
from nni_autoattend.experiment.forecast_making import make_forecast, untouched_generators
from nni_autoattend.experiment.forecast_networks import NetworkCost
from nni_autoattend.experiment.forecast_search import SearchCost
from nni_autoattend.training.checkpoint import random_states

NETWORK = NetworkCost(step=2.0, token=0.5, build=3.0, memory=None, measured=4)
SEARCH = SearchCost(700.0, 0.25, 11.0, MemoryForecast("supernet", 5, 4, 3, 2, 1), 6, ("a note",))


def made(monkeypatch: pytest.MonkeyPatch, toy_data: Any, search: SearchCost | None = SEARCH, **how: Any) -> Any:
    settings, splits, data = toy_data
    rows = dict.fromkeys(("text-cnn", "random-architecture", "found"), NETWORK)
    monkeypatch.setattr(forecast_making, "import_everything", lambda settings, is_searched: None)
    monkeypatch.setattr(forecast_making, "measure_run", lambda *arguments, **named: RunCost(rows, 0.5, search))
    return make_forecast(how.pop("settings", settings), splits, data, seconds=1.0, **how)


def tokens(texts: Any) -> int:
    return int(texts.distinct.texts.token_counts.sum())


def test_counts_times_costs(monkeypatch: pytest.MonkeyPatch, toy_data: Any) -> None:
    data = toy_data[2]
    forecast = made(monkeypatch, toy_data, prepared=4.0)
    seconds = {phase.name: phase.seconds for phase in forecast.phases}
    training = 3 * (3.0 + 2 * (2 * 2.0 + 0.5 * tokens(data.selection)))
    assert seconds == {
        "supernet": 700.0,
        "evolution": 1000 * 0.25,
        "tfidf-logistic": 2 * 0.5,
        "text-cnn": training,
        "random-architecture": training,
        "found": training,
        "test": 2 * 3 * (3.0 + 0.5 * tokens(data.test)),
        "other": 4.0 + 11.0,
    }
    assert forecast.memory == SEARCH.memory
    assert forecast.measured == 1 + 3 * 4 + 6
    assert forecast.notes == ("a note", "4 random architectures stand for the found one")
    assert forecast.levers == () and forecast.budget is None


def test_a_budget_is_played_and_levers_are_told(monkeypatch: pytest.MonkeyPatch, toy_data: Any) -> None:
    settings = replace(toy_data[0], budget=600.0)
    forecast = made(monkeypatch, toy_data, settings=settings)
    supernet = forecast.phase("supernet")
    assert supernet.cut and supernet.expected == pytest.approx((600 - 11) * 0.6 * 0.8)
    assert forecast.levers[0].startswith("everything fits into --budget")


def test_a_retraining_searches_nothing(monkeypatch: pytest.MonkeyPatch, toy_data: Any) -> None:
    forecast = made(monkeypatch, toy_data, search=None, found=1)
    assert [phase.name for phase in forecast.phases][:2] == ["tfidf-logistic", "text-cnn"]
    assert forecast.phase("found").steps == 2 * 2 * 2  # one candidate, two seeds, two epochs of two batches
    assert forecast.notes == ()


def test_what_is_not_known_is_not_invented(monkeypatch: pytest.MonkeyPatch, toy_data: Any) -> None:
    settings = replace(toy_data[0], strategy=replace(toy_data[0].strategy, class_name="mine:Own"))
    forecast = made(monkeypatch, toy_data, search=None, settings=settings)
    assert [forecast.phase(name).seconds for name in ("supernet", "second stage")] == [None, None]
    assert forecast.seconds is None and forecast.at_least > 0
    assert "time and memory of the search are not known: the total is that of the rest" in forecast.notes


def test_giving_up(monkeypatch: pytest.MonkeyPatch, toy_data: Any) -> None:
    monkeypatch.setattr(forecast_making, "import_everything", lambda settings, is_searched: None)
    monkeypatch.setattr(forecast_making, "measure_run", lambda *arguments, **named: None)
    settings, splits, data = toy_data
    assert make_forecast(settings, splits, data, seconds=1.0, is_strict=True) is None


def test_generators_stand_where_they_stood() -> None:
    before = random_states()
    with pytest.raises(KeyboardInterrupt), untouched_generators():
        torch.rand(3), random.random(), np.random.rand()
        raise KeyboardInterrupt
    after = random_states()
    assert torch.equal(before.pop("torch"), after.pop("torch"))
    assert before == after


@pytest.mark.timeout(240)  # imports nni
def test_a_measured_one_leaves_no_trace(toy_data: Any, tmp_path: Path) -> None:
    settings, splits, data = toy_data
    before = random_states()
    forecast = make_forecast(settings, splits, data, seconds=0.1)
    after = random_states()
    assert torch.equal(before.pop("torch"), after.pop("torch")) and before == after
    assert forecast is not None and forecast.seconds is not None and forecast.seconds > 0
    assert all(phase.seconds is not None and phase.seconds > 0 for phase in forecast.phases if phase.unit)
    assert forecast.measured > 8 and forecast.took > 0
    assert list(tmp_path.iterdir()) == []
