"""Forecast steps against the steps that real searches take: counted, not timed."""

from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.tasks import load_splits
from nni_autoattend.experiment.forecast_clock import PhaseClock
from nni_autoattend.experiment.forecast_counts import found_at_most, search_counts
from nni_autoattend.experiment.forecast_search import (
    SearchCost,
    measure_supernet,
    measure_trials,
    supernet_build,
)
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.experiment.searching import search_candidates
from nni_autoattend.progress import SilentObserver
from nni_autoattend.recipes import load_strategy, names

pytestmark = pytest.mark.timeout(240)  # the first test of a process imports nni

SPACE: dict[str, Any] = {
    "space.genes.layers": 2,
    "space.search.width": 8,
    "space.search.heads": 2,
    "data.size": 100,
    "data.embedding_width": 8,
}
GRAPH: dict[str, Any] = {
    "space.search.width": 16,
    "space.search.heads": 2,
    "data.size": 100,
    "strategy.search.finalists": 2,
    "strategy.search.simplifications": 2,
    "retrain.epochs": 2,
}
CUTS: dict[str, dict[str, Any]] = {
    "autoattend": {"paths": 3, "population": 4, "rounds": 2, "parents": 2},
    "autoattend-2core": {"paths": 2, "population": 3, "rounds": 1, "parents": 5},
    "enas": {"batches_per_update": 2},
    "regularized-evolution": {"population_size": 3, "sample_size": 2},
}


def settings_of(name: str, space: str = "autoattend-text-small") -> RunSettings:
    recipe = load_strategy(name)
    few = {"strategy.search.epochs": 2, "strategy.search.batch_size": 16}
    few |= {f"strategy.arguments.{key}": value for key, value in CUTS.get(name, {}).items()}
    few |= {"strategy.search.trials": 3} if recipe.search.trials else {}
    few |= {"strategy.search.samples": 4} if recipe.search.samples else {}
    few |= {"strategy.search.finalists": 2, "retrain.epochs": 1} if recipe.search.finalists else {}
    if space == "autoattend-graph":
        return resolve_settings(space, name, {"task": "communities"}, overrides={**GRAPH, **few})
    return resolve_settings(space, name, {"task": "listops"}, overrides={**SPACE, **few})


@pytest.fixture(scope="module")
def data() -> Any:
    from nni_autoattend.datasets.prepare import prepare

    settings = settings_of("random")
    return prepare(settings.data, load_splits(settings.data), None)


def measured(name: str, data: Any, seconds: float) -> SearchCost:
    settings = settings_of(name)
    measure = measure_trials if settings.strategy.kind == "multi-trial" else measure_supernet
    return measure(settings, data, Deadline.after(seconds))


@pytest.mark.parametrize("name", names("strategies"))
def test_a_search_takes_the_steps_that_were_forecast(name: str, data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nni_autoattend.datasets import by_modality
    from nni_autoattend.strategy.context import SearchContext

    monkeypatch.setattr(by_modality, "TOKENS_TO_EVALUATE", 50)  # several validation batches, which ENAS takes as steps

    settings = settings_of(name)
    clock = PhaseClock(SilentObserver())
    context = SearchContext(observer=clock)
    candidates = search_candidates(settings, data, context)
    counted = {phase.name: phase.steps for phase in search_counts(settings, data)}
    assert {phase: spent.steps for phase, spent in clock.spent.items()} == counted
    assert len(candidates) == found_at_most(settings.strategy)
    evaluated = sum(steps or 0 for phase, steps in counted.items() if phase != "supernet")
    assert len(context.journal.events) == evaluated


@pytest.mark.parametrize("name", names("strategies"))
def test_every_strategy_can_be_measured(name: str, data: Any, tmp_path: Path) -> None:
    cost = measured(name, data, 60.0)
    assert cost.training > 0 and cost.measured > 4
    assert (cost.evaluation > 0) == (load_strategy(name).kind == "one-shot")
    assert cost.notes == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["autoattend", "enas", "darts", "random"])
def test_a_search_on_a_graph_takes_the_steps_that_were_forecast(name: str, communities: Any) -> None:
    from nni_autoattend.strategy.context import SearchContext

    _, _, data = communities
    settings = settings_of(name, "autoattend-graph")
    measure = measure_trials if settings.strategy.kind == "multi-trial" else measure_supernet
    cost = measure(settings, data, Deadline.after(60.0))
    assert cost.training > 0 and cost.measured > 4
    clock = PhaseClock(SilentObserver())
    search_candidates(settings, data, SearchContext(observer=clock))
    counted = {phase.name: phase.steps for phase in search_counts(settings, data)}
    spent = {phase: spent.steps for phase, spent in clock.spent.items()}
    assert spent.pop("simplification", 0) <= (counted.pop("simplification", 0) or 0)
    assert spent == counted


def test_without_time_the_least_is_measured_with_fewer_paths_and_told(data: Any) -> None:
    cost = measured("autoattend", data, 0.0)
    assert cost.training > 0 and cost.evaluation > 0
    assert cost.notes == ("supernet steps had 1 of 3 paths, time is scaled up: an upper bound",)


def test_twice_the_epochs_and_paths_are_forecast_from_the_same_steps(data: Any) -> None:
    """The whole training is the mean step times the steps, whatever the mean came to."""
    from nni_autoattend.experiment import forecast_search

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forecast_search, "mean_step", lambda timed, epoch: 0.25)
        cost = measured("autoattend", data, 60.0)
    assert cost.training == pytest.approx(0.25 * 2 * 7)  # 2 epochs of ceil(100 / 16) batches
    assert cost.evaluation == 0.25


def test_memory_of_a_whole_training(data: Any) -> None:
    memory = measured("autoattend", data, 60.0).memory
    if memory is None:
        pytest.skip("the system does not tell")
    assert memory.phase == "supernet"
    assert 0 < memory.gradients < memory.weights  # three paths do not touch all
    assert memory.gradients < memory.moments / 2 <= memory.weights  # two epochs touch more


def test_building_a_supernet_takes_as_many_networks_as_it_has_operations_more() -> None:
    settings = settings_of("autoattend")
    assert supernet_build(settings, 0.0) == 0.0
    assert supernet_build(settings, 2.0) == 2 * supernet_build(settings, 1.0) > 2.0
