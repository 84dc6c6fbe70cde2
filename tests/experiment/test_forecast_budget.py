"""The run's rules for sharing a budget, with phases that take exactly what was forecast."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from nni_autoattend.experiment.forecast import PhaseForecast
from nni_autoattend.experiment.forecast_budget import sufficient_budget, under_budget
from nni_autoattend.experiment.forecast_counts import Trainings
from nni_autoattend.experiment.run_settings import RunSettings

ROWS = (Trainings("text-cnn", 1.0, 2, 1, 4, 5), Trainings("found", 3.0, 2, 1, 4, 5))


def phases(supernet: float | None = 100.0, found: float = 30.0) -> list[PhaseForecast]:
    return [
        PhaseForecast("supernet", None if supernet is None else 1000, "steps", supernet),
        PhaseForecast("evolution", 50, "evaluations", 10.0),
        PhaseForecast("tfidf-logistic", 2, "fits", 1.0),
        PhaseForecast("text-cnn", 60, "steps", 6.0),
        PhaseForecast("found", 60, "steps", found),
        PhaseForecast("test", 2, "networks", 1.0),
        PhaseForecast("other", None, "", 2.0),
    ]


@pytest.fixture
def settings(toy_data: Any) -> RunSettings:
    settings: RunSettings = toy_data[0]
    assert settings.strategy.search.share == 0.6
    return settings


def played(settings: RunSettings, budget: float | None, given: Sequence[PhaseForecast]) -> dict[str, PhaseForecast]:
    return {phase.name: phase for phase in under_budget(given, ROWS, replace(settings, budget=budget))}


def test_without_a_budget_nothing_is_cut(settings: RunSettings) -> None:
    after = played(settings, None, phases())
    assert list(after) == [phase.name for phase in phases()]
    assert all(phase.expected == phase.seconds and not phase.cut for phase in after.values())
    assert all(phase.expected_steps == phase.steps for phase in after.values())


def test_shares_of_search_and_supernet(settings: RunSettings) -> None:
    after = played(settings, 102.0, phases())  # "other" takes 2 of them
    supernet, evolution = after["supernet"], after["evolution"]
    assert supernet.expected == pytest.approx(100 * 0.6 * 0.8)
    assert (supernet.cut, supernet.expected_steps) == (True, 480)
    assert not evolution.cut
    short = played(settings, 22.0, phases())
    assert short["evolution"].expected == pytest.approx(20 * 0.6 * 0.2)
    assert short["evolution"].expected_steps == 12


def test_finalists_have_a_share_of_their_own(settings: RunSettings) -> None:
    search = replace(settings.strategy.search, finalists=4)
    settings = replace(settings, strategy=replace(settings.strategy, search=search))
    after = played(settings, 102.0, [*phases(), PhaseForecast("finalists", 4, "trainings", 50.0)])
    assert after["supernet"].expected == pytest.approx(60 * 0.6 * 0.8)
    assert after["evolution"].expected == pytest.approx(60 * 0.6 * 0.2)
    assert after["finalists"].expected == pytest.approx(60 * 0.4)


def test_whole_trainings_before_more_trainings(settings: RunSettings) -> None:
    """59 s are left; 0.95 of it is for trainings, two thirds of that for tuning, a quarter of that the baseline's."""
    after = played(settings, 72.0, phases(supernet=0.0))
    assert not after["text-cnn"].cut and not after["found"].cut
    slow = played(settings, 72.0, phases(supernet=0.0, found=75.0))
    assert slow["found"].expected == pytest.approx(50.0)  # 25 s each: one tuning run, no second one, then the seed
    assert slow["found"].expected_steps == 40
    assert not slow["text-cnn"].cut
    slower = played(settings, 72.0, phases(supernet=0.0, found=84.0))
    assert slower["found"].expected == pytest.approx(28.0)  # its seed, 28 s, does not fit into the 24 s left
    assert not slower["text-cnn"].cut


def test_the_first_training_is_cut_rather_than_left_out(settings: RunSettings) -> None:
    after = played(settings, 20.0, phases(found=300.0))
    assert 0 < (after["found"].expected or 0.0) < 20.0
    assert sum(phase.expected or 0.0 for phase in after.values()) <= 20.0


def test_what_is_not_known_takes_all_that_there_is(settings: RunSettings) -> None:
    after = played(settings, 102.0, phases(supernet=None, found=60.0))
    assert after["supernet"].expected is None
    assert after["evolution"].expected == 10.0
    assert after["found"].cut  # the search used up its share, found gets what is left
    assert not played(settings, None, phases(supernet=None))["found"].cut


def test_a_sufficient_budget_is_sufficient_and_hardly_more(settings: RunSettings) -> None:
    seconds = sufficient_budget(phases(), ROWS, settings)
    assert not any(phase.cut for phase in played(settings, seconds, phases()).values())
    assert any(phase.cut for phase in played(settings, 0.98 * seconds, phases()).values())
