from dataclasses import replace
from typing import Any

import pytest

from nni_autoattend.experiment import forecast_levers
from nni_autoattend.experiment.forecast import GIB, MemoryForecast, PhaseForecast
from nni_autoattend.experiment.forecast_budget import under_budget
from nni_autoattend.experiment.forecast_counts import Trainings
from nni_autoattend.experiment.forecast_levers import levers

ROWS = (Trainings("found", 3.0, 2, 1, 4, 5),)
PHASES = (
    PhaseForecast("supernet", 1000, "steps", 100.0),
    PhaseForecast("evolution", 50, "evaluations", 60.0),
    PhaseForecast("found", 60, "steps", 90.0),
)


def told(settings: Any, budget: float | None, memory: MemoryForecast | None = None) -> tuple[str, ...]:
    limited = replace(settings, budget=budget)
    return levers(under_budget(PHASES, ROWS, limited), ROWS, limited, memory)


def test_nothing_cut_needs_no_lever(toy_data: Any) -> None:
    assert told(toy_data[0], None) == ()
    assert told(toy_data[0], 1e5) == ()


def test_settings_that_would_fit(toy_data: Any) -> None:
    everything, supernet, evolution, trainings = told(toy_data[0], 100.0)
    assert everything.startswith("everything fits into --budget ") and everything.endswith("m")
    assert supernet == (
        "supernet fits with --set strategy.search.epochs=4 (now 10) or --set strategy.arguments.paths=7 (now 16)"
    )
    assert evolution == "evolution fits with --set strategy.arguments.population=100 (now 500)"
    assert trainings.startswith("trainings fit with ") and "fewer retrain.seeds" in trainings


def test_trials_and_samples(toy_data: Any) -> None:
    from nni_autoattend.recipes import load_strategy

    settings = replace(toy_data[0], strategy=load_strategy("random"), budget=100.0)
    cut = under_budget([PhaseForecast("trials", 20, "trials", 120.0)], (), settings)
    assert levers(cut, (), settings, None)[1] == (
        "trials fits with --set strategy.search.trials=10 (now 20) or --set strategy.search.epochs=1 (now 3)"
    )


def test_memory_beyond_the_machine(toy_data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = MemoryForecast("supernet", GIB, GIB, 0, 2 * GIB, GIB)
    monkeypatch.setattr(forecast_levers, "machine_memory", lambda: 4 * GIB)
    (line,) = told(toy_data[0], None, memory)
    assert line.startswith("memory: 5.0 GiB in supernet, this machine has 4.0;")
    assert "--set strategy.search.batch_size" in line
    assert "--set retrain.batch_size" in told(toy_data[0], None, replace(memory, phase="found"))[0]
    monkeypatch.setattr(forecast_levers, "machine_memory", lambda: None)
    assert told(toy_data[0], None, memory) == ()
    monkeypatch.undo()
    assert (forecast_levers.machine_memory() or GIB) > 1e6
