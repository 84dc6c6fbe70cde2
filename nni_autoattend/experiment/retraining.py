"""Everybody's trainings under one protocol: tuning runs, one picked on the selection half, then the further seeds.

The picked tuning run is the first seed of its row: no (entrant, variant, seed) is trained twice. With a wall-clock
budget every entrant has a share of the time; whole trainings go before more trainings, and what is cut is noted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import FOUND, Entrant, Variant
from nni_autoattend.experiment.training_run import Trained, train_once
from nni_autoattend.training.fitness import fitness_of

TRAINING_SHARE = 0.95
"""Part of the remaining time that trainings may use; scoring, saving and the report have the rest."""


@dataclass(frozen=True)
class Outcome:
    """What became of an entrant.

    Attributes:
        entrant: who.
        picked: the variant that the selection half picked.
        tuning: all its tuning runs.
        finals: trainings of the picked variant, one per seed, that finished with a score.
    """

    entrant: Entrant
    picked: Variant
    tuning: tuple[Trained, ...]
    finals: tuple[Trained, ...]

    @property
    def best(self) -> Trained:
        """The final training that stands best on the selection half, the first of equal ones."""
        return _best(self.finals, self.picked)

    @property
    def trainings(self) -> list[Trained]:
        """All trainings, each once."""
        return list(dict.fromkeys((*self.tuning, *self.finals)))

    @property
    def cpu_seconds(self) -> float:
        """CPU time of all trainings, tuning included."""
        return sum(trained.cpu_seconds for trained in self.trainings)


def retrain_all(entrants: Sequence[Entrant], bench: Bench) -> list[Outcome]:
    """Train all entrants; the found network's outcome comes first.

    Raises:
        DivergedError: no training of the found network came to a score.
    """
    settings = bench.settings.retrain
    deadline = bench.deadline.share(TRAINING_SHARE)
    tuning_runs = max(len(entrant.variants) for entrant in entrants)
    outcomes = _tune_all(entrants, bench, deadline.share(tuning_runs / (tuning_runs + settings.seeds - 1)))
    outcomes.sort(key=lambda outcome: outcome.entrant.name != FOUND)
    for further in range(1, settings.seeds):
        outcomes = [_train_seed(outcome, further, bench, deadline) for outcome in outcomes]
    for outcome in outcomes:
        _note_cuts(outcome, bench)
    bench.history.write()
    return outcomes


def _tune_all(entrants: Sequence[Entrant], bench: Bench, deadline: Deadline) -> list[Outcome]:
    outcomes = []
    for number, entrant in enumerate(entrants):
        fraction = entrant.weight / sum(other.weight for other in entrants[number:])
        outcome = _tune(entrant, bench, deadline.share(fraction))
        if outcome is not None:
            outcomes.append(outcome)
    return outcomes


def _tune(entrant: Entrant, bench: Bench, deadline: Deadline) -> Outcome | None:
    """Train the variants and pick one; ``None``: there was no time, or all diverged."""
    if deadline.expired() and entrant.name != FOUND:
        bench.note(f"{entrant.name}: not trained, the budget was used up")
        return None
    tuning: list[Trained] = []
    for variant in entrant.variants:
        if tuning and not _time_for(tuning, deadline):
            break
        tuning.append(train_once(entrant.name, variant, bench, deadline))
    scored = [trained for trained in tuning if trained.score is not None]
    if not scored and entrant.name == FOUND:
        raise DivergedError(
            f"none of {len(tuning)} trainings of the found architectures had finite losses; "
            "retrain the run with a smaller learning rate (retrain.lr)"
        )
    if not scored:
        bench.note(f"{entrant.name}: no row, its losses were not finite in any of {len(tuning)} tuning runs")
        return None
    first = _pick(scored, entrant, bench.settings.retrain.tolerance)
    return Outcome(entrant, entrant.variants[tuning.index(first)], tuple(tuning), (first,))


def _train_seed(outcome: Outcome, further: int, bench: Bench, deadline: Deadline) -> Outcome:
    """Train the picked variant with its ``further``-th next seed, if there is time."""
    if not _time_for(outcome.finals, deadline):
        return outcome
    variant = outcome.picked.with_seed(outcome.picked.seed + further)
    trained = train_once(outcome.entrant.name, variant, bench, deadline)
    if trained.score is None:
        bench.note(f"{outcome.entrant.name}: seed {trained.seed} is left out, its losses were not finite")
        return outcome
    return replace(outcome, finals=(*outcome.finals, trained))


def _time_for(earlier: Sequence[Trained], deadline: Deadline) -> bool:
    """Tell whether another whole training fits in, as long as the longest of the ``earlier`` ones."""
    return deadline.remaining() > max(trained.seconds for trained in earlier)


def _pick(scored: Sequence[Trained], entrant: Entrant, tolerance: float) -> Trained:
    """Return the one that stands best of the simplest that lack at most ``tolerance``, a share, of the best fitness."""
    variant, work = entrant.variants[0], {one.label: one.work for one in entrant.variants}
    best = _best(scored, variant)
    if tolerance == 0.0:
        return best
    least = _fitness(best, variant) * (1 - tolerance)
    good = [trained for trained in scored if _fitness(trained, variant) >= least]
    simplest = min(work[trained.label] for trained in good)
    return _best([trained for trained in good if work[trained.label] == simplest], variant)


def _fitness(trained: Trained, variant: Variant) -> float:
    by = variant.training.best
    return fitness_of(trained.score or 0.0, math.inf if trained.best_loss is None else trained.best_loss, by)


def _best(scored: Sequence[Trained], variant: Variant) -> Trained:
    """Return the fittest by what chose its epoch, too; of equal ones the one with the best score."""
    return max(scored, key=lambda trained: (_fitness(trained, variant), trained.score or 0.0))


def _note_cuts(outcome: Outcome, bench: Bench) -> None:
    name, settings = outcome.entrant.name, bench.settings.retrain
    planned = len(outcome.entrant.variants)
    if len(outcome.tuning) < planned:
        bench.note(f"{name}: {len(outcome.tuning)} of {planned} tuning runs, the budget was used up")
    if len(outcome.finals) < settings.seeds:
        bench.note(f"{name}: {len(outcome.finals)} of {settings.seeds} seeds")
    for trained in outcome.trainings:
        if trained.stopped_early:
            done = f"{trained.epochs_done} of {outcome.picked.training.epochs} epochs"
            bench.note(f"{name} ({trained.label}, seed {trained.seed}): the budget ended its training after {done}")
        if trained.score is None:
            bench.note(f"{name} ({trained.label}): left out of the choice, its losses were not finite")
