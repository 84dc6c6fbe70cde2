"""The protocol under a wall-clock budget, with a clock that only trainings move."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment import retraining
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import Entrant, Variant
from nni_autoattend.experiment.retraining import Outcome, retrain_all
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.experiment.training_run import Trained
from nni_autoattend.settings import BestBy, TrainingSettings


class Clock:
    """Trainings of ``cost`` seconds each, cut by their deadline; ``scores`` by key, 0.5 where nothing is said."""

    def __init__(self, cost: dict[str, float], scores: dict[str, float | None]) -> None:
        self.now, self.cost, self.scores = 0.0, cost, scores
        self.done: list[str] = []

    def train_once(self, name: str, variant: Variant, bench: Bench, deadline: Deadline) -> Trained:
        key = f"{name}/{variant.label}/seed{variant.seed}"
        spent = min(self.cost[name], deadline.remaining())
        self.now += spent
        self.done.append(key)
        stopped = spent < self.cost[name]
        score = self.scores.get(key, 0.5)
        return Trained(name, variant.label, variant.seed, score, 10, stopped_early=stopped, seconds=spent)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[Bench, list[Entrant], Clock]]:
    def make(
        budget: float | None, cost: dict[str, float], scores: dict[str, Any] | None = None, seeds: int = 2
    ) -> tuple[Bench, list[Entrant], Clock]:
        clock = Clock(cost, scores or {})
        monkeypatch.setattr(retraining, "train_once", clock.train_once)
        settings = resolve_settings("autoattend-text", "autoattend", {"task": "listops"}, {"seeds": seeds, "top_k": 2})
        deadline = Deadline.after(budget, lambda: clock.now)
        bench = Bench(RunFolder(tmp_path), settings, None, deadline=deadline)  # type: ignore[arg-type]
        training = TrainingSettings(epochs=4, batch_size=2, lr=0.1)
        entrants = [
            Entrant(
                name,
                "found" if name == "found" else "baseline",
                tuple(Variant(f"v{number}", 0, training, lambda: None) for number in (1, 2)),  # type: ignore[arg-type, return-value]
                3.0 if name == "found" else 1.0,
            )
            for name in cost
        ]
        return bench, entrants, clock

    return make


def test_without_a_budget_everything_is_trained_once(start: Any) -> None:
    bench, entrants, clock = start(None, {"b": 1.0, "found": 10.0}, {"found/v2/seed0": 0.6, "b/v2/seed0": 0.4})
    outcomes = retrain_all(entrants, bench)
    assert [outcome.entrant.name for outcome in outcomes] == ["found", "b"]
    assert clock.done == [
        "b/v1/seed0", "b/v2/seed0", "found/v1/seed0", "found/v2/seed0", "found/v2/seed1", "b/v1/seed1"
    ]  # fmt: skip
    assert [outcome.picked.label for outcome in outcomes] == ["v2", "v1"]
    assert bench.notes == []


def test_equal_scores_pick_the_first(start: Any) -> None:
    bench, entrants, _ = start(None, {"found": 1.0})
    outcome = retrain_all(entrants, bench)[0]
    assert outcome.picked.label == "v1"
    assert outcome.best.seed == 0


def test_whole_trainings_go_before_more_trainings(start: Any) -> None:
    """Too little time for all: no training is cut short, second tuning runs and a second seed are left out."""
    bench, entrants, clock = start(40.0, {"b": 4.0, "found": 16.0})
    retrain_all(entrants, bench)
    assert clock.done == ["b/v1/seed0", "found/v1/seed0", "found/v1/seed1"]
    assert bench.notes == [
        "found: 1 of 2 tuning runs, the budget was used up",
        "b: 1 of 2 tuning runs, the budget was used up",
        "b: 1 of 2 seeds",
    ]
    assert clock.now <= 40.0


def test_time_that_quick_baselines_leave_goes_to_the_found_network(start: Any) -> None:
    bench, entrants, clock = start(100.0, {"b": 1.0, "found": 30.0}, seeds=1)
    outcomes = retrain_all(entrants, bench)
    assert clock.done == ["b/v1/seed0", "b/v2/seed0", "found/v1/seed0", "found/v2/seed0"]
    assert not any(trained.stopped_early for outcome in outcomes for trained in outcome.trainings)


def test_a_training_longer_than_its_share_is_cut_and_noted(start: Any) -> None:
    bench, entrants, clock = start(40.0, {"b": 1000.0, "found": 1000.0})
    retrain_all(entrants, bench)
    assert clock.now <= 40.0
    assert "b (v1, seed 0): the budget ended its training after 0 of 4 epochs" in bench.notes
    assert "found (v1, seed 0): the budget ended its training after 0 of 4 epochs" in bench.notes


def test_without_time_only_the_found_network_is_trained(start: Any) -> None:
    bench, entrants, clock = start(1.0, {"b": 1.0, "found": 1.0})
    clock.now = 5.0
    outcomes = retrain_all(entrants, bench)
    assert [outcome.entrant.name for outcome in outcomes] == ["found"]
    assert clock.done == ["found/v1/seed0"]
    assert "b: not trained, the budget was used up" in bench.notes


def test_what_diverges_is_left_out(start: Any) -> None:
    scores = {"b/v1/seed0": None, "b/v2/seed0": None, "found/v1/seed0": None, "found/v2/seed1": None}
    bench, entrants, _ = start(None, {"b": 1.0, "found": 1.0}, scores)
    outcomes = retrain_all(entrants, bench)
    assert [outcome.entrant.name for outcome in outcomes] == ["found"]
    assert outcomes[0].picked.label == "v2"
    assert [trained.seed for trained in outcomes[0].finals] == [0]
    assert bench.notes == [
        "b: no row, its losses were not finite in any of 2 tuning runs",
        "found: seed 1 is left out, its losses were not finite",
        "found: 1 of 2 seeds",
        "found (v1): left out of the choice, its losses were not finite",
    ]


def test_nothing_found_without_a_finite_loss(start: Any) -> None:
    bench, entrants, _ = start(None, {"found": 1.0}, {"found/v1/seed0": None, "found/v2/seed0": None})
    with pytest.raises(DivergedError, match=r"retrain\.lr"):
        retrain_all(entrants, bench)


def trained(seed: int, score: float | None, loss: float | None) -> Trained:
    return Trained("found", "v1", seed, score, 10, best_loss=loss)


def picked_by(best: BestBy, *trainings: Trained) -> int:
    training = TrainingSettings(epochs=4, batch_size=2, lr=0.1, best=best)
    variant = Variant("v1", 0, training, lambda: None)  # type: ignore[arg-type, return-value]
    return Outcome(Entrant("found", "found", (variant,), 1.0), variant, trainings, trainings).best.seed


def test_what_chooses_epochs_chooses_trainings() -> None:
    trainings = (trained(0, 0.7, 0.9), trained(1, 0.6, 0.8), trained(2, 0.65, 0.8), trained(3, 0.9, math.nan))
    assert picked_by("score", *trainings) == 3
    assert picked_by("loss", *trainings) == 2  # of equal losses the better score
    assert picked_by("both", *trainings, trained(4, 0.75, 0.82)) == 4


def test_trainings_of_which_no_loss_is_known_are_chosen_by_score() -> None:
    assert picked_by("loss", trained(0, 0.5, None), trained(1, 0.6, None)) == 1


WORK = {"v1": 3, "v2": 2, "v3": 2, "v4": 1}


def chosen(
    start: Any, monkeypatch: pytest.MonkeyPatch, tolerance: float, best: BestBy, values: dict[str, float]
) -> str:
    """Return which variant is picked; ``values``: the score of each or, where the loss counts, its loss."""

    def train_once(name: str, variant: Variant, bench: Bench, deadline: Deadline) -> Trained:
        value = values[variant.label]
        score, loss = (value, None) if best == "score" else (math.exp(-value) if best == "both" else 0.5, value)
        return Trained(name, variant.label, variant.seed, score, 10, best_loss=loss)

    bench, (entrant,), _ = start(None, {"found": 1.0}, seeds=1)
    bench.settings = replace(bench.settings, retrain=replace(bench.settings.retrain, tolerance=tolerance))
    training = replace(entrant.variants[0].training, best=best)
    variants = tuple(replace(entrant.variants[0], label=label, training=training, work=WORK[label]) for label in values)
    monkeypatch.setattr(retraining, "train_once", train_once)
    return retrain_all([replace(entrant, variants=variants)], bench)[0].picked.label


@pytest.mark.parametrize(
    ("tolerance", "picked"), [(0.0, "v1"), (0.01, "v1"), (0.03, "v3"), (0.049, "v3"), (0.051, "v4"), (0.5, "v4")]
)
@pytest.mark.parametrize("best", ["score", "loss", "both"])
def test_a_simpler_network_is_picked_within_the_tolerance(
    tolerance: float, picked: str, best: BestBy, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitness = {"v1": 0.8, "v2": 0.8 * 0.975, "v3": 0.8 * 0.98, "v4": 0.8 * 0.95}
    values = fitness if best == "score" else {label: -math.log(value) for label, value in fitness.items()}
    assert chosen(start, monkeypatch, tolerance, best, values) == picked
