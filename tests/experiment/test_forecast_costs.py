from dataclasses import replace
from typing import Any

import pytest

from nni_autoattend.experiment import forecast_costs
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import entrants
from nni_autoattend.experiment.forecast import MemoryForecast
from nni_autoattend.experiment.forecast_costs import RunCost, is_known, measure_run
from nni_autoattend.experiment.forecast_networks import NetworkCost
from nni_autoattend.experiment.forecast_search import SearchCost


def memory(phase: str, size: int) -> MemoryForecast:
    return MemoryForecast(phase, size, 0, 0, 0, 0)


def test_the_largest_peak_and_what_was_timed() -> None:
    rows = {"a": NetworkCost(1.0, 1.0, 1.0, memory("a", 5), 3), "b": NetworkCost(1.0, 1.0, 1.0, None, 4)}
    search = SearchCost(1.0, 1.0, 1.0, memory("supernet", 9), 10)
    assert RunCost(rows, 1.0, search).memory == memory("supernet", 9)
    assert RunCost(rows, 1.0, search).measured == 1 + 3 + 4 + 10
    assert RunCost(rows, 1.0, None).memory == memory("a", 5)
    assert RunCost({"b": rows["b"]}, 1.0, None).memory is None


def measured(bench: Bench, toy: Any, toy_data: Any, **how: bool) -> RunCost | None:
    rows = entrants(bench, toy.candidates())
    return measure_run(rows, bench, toy_data[1], 0.0, **{"is_searched": True, "is_strict": False, **how})


def test_every_row_is_measured(bench: Bench, toy: Any, toy_data: Any) -> None:
    cost = measured(bench, toy, toy_data, is_searched=False)
    assert cost is not None and cost.search is None
    assert list(cost.rows) == ["text-cnn", "random-architecture", "found"]
    assert cost.fit > 0


def test_a_strict_measuring_gives_up_before_the_supernet(bench: Bench, toy: Any, toy_data: Any) -> None:
    assert measured(bench, toy, toy_data, is_strict=True) is None


def test_a_search_in_somebodys_own_way_is_not_measured(
    bench: Bench, toy: Any, toy_data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*arguments: Any) -> None:
        raise AssertionError("measured")

    monkeypatch.setattr(forecast_costs, "measure_supernet", never)
    bench.settings = replace(bench.settings, strategy=replace(bench.settings.strategy, class_name="mine:Own"))
    assert not is_known(bench.settings)
    cost = measured(bench, toy, toy_data)
    assert cost is not None and cost.search is None
