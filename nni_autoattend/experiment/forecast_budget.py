"""What a wall-clock budget leaves of each phase: the run's own rules for sharing time, played on a clock of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.entrants import FOUND
from nni_autoattend.experiment.finalists import PHASE as FINALISTS
from nni_autoattend.experiment.forecast import UNHEARD, PhaseForecast
from nni_autoattend.experiment.forecast_counts import Trainings
from nni_autoattend.experiment.retraining import TRAINING_SHARE
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.searching import strategy_deadline
from nni_autoattend.experiment.simplification import PHASE as SIMPLIFICATION

_INEXACT = 1e-9
"""Sums of floating-point seconds are not exact."""
_STRATEGY = ("supernet", "evolution", "second stage", "trials")
_ALONE = (FINALISTS, SIMPLIFICATION)


class PlayedRun:
    """A run whose phases take exactly their forecast seconds.

    Args:
        phases: in the order of the run.
        trainings: those of ``phases`` that train networks for the results table.
        settings: of the run; its budget is not used.
        budget: wall-clock seconds, ``None``: no limit.
    """

    def __init__(
        self,
        phases: Sequence[PhaseForecast],
        trainings: Sequence[Trainings],
        settings: RunSettings,
        budget: float | None,
    ) -> None:
        self._phases, self._settings = {phase.name: phase for phase in phases}, settings
        self._trainings = [row for row in trainings if row.name in self._phases]
        self._now = 0.0
        self._deadline = Deadline.after(budget, lambda: self._now)
        self._spent: dict[str, float] = {}

    def phases(self) -> tuple[PhaseForecast, ...]:
        """Return the phases with what they will get."""
        self._spend(UNHEARD, self._deadline)
        self._search()
        trained = {row.name for row in self._trainings}
        self._train()
        for name in self._phases:
            if name not in (*self._spent, *trained):
                self._spend(name, self._deadline)
        return tuple(self._expected(phase) for phase in self._phases.values())

    def _search(self) -> None:
        from nni_autoattend.strategy.context import SearchContext

        search = self._deadline.share(self._settings.strategy.search.share)
        own = strategy_deadline(search, self._settings.strategy)
        first = SearchContext(deadline=own).first_phase().deadline
        deadlines = dict.fromkeys(_STRATEGY, own) | {"supernet": first} | dict.fromkeys(_ALONE, search)
        for name, deadline in deadlines.items():
            if name in self._phases:
                self._spend(name, deadline)

    def _train(self) -> None:
        if not self._trainings:
            return
        deadline = self._deadline.share(TRAINING_SHARE)
        tuning, seeds = max(row.tuning for row in self._trainings), self._trainings[0].seeds
        window = deadline.share(tuning / (tuning + seeds))
        for number, row in enumerate(self._trainings):
            own = window.share(row.weight / sum(other.weight for other in self._trainings[number:]))
            for run in range(row.tuning):
                self._training(row, own, is_first=run == 0)
        for _ in range(seeds):
            for row in sorted(self._trainings, key=lambda row: row.name != FOUND):
                if self._spent.get(row.name):
                    self._training(row, deadline, is_first=False)

    def _training(self, row: Trainings, deadline: Deadline, *, is_first: bool) -> None:
        """Train once: the first training is cut where it must be, a further one needs time for the whole of it."""
        each = (self._phases[row.name].seconds or 0.0) / row.count
        if is_first or deadline.remaining() > each:
            self._take(row.name, min(each, deadline.remaining()))

    def _spend(self, name: str, deadline: Deadline) -> None:
        """Work until it is done or the deadline is there; what is not known takes all the time there is."""
        phase, left = self._phases.get(name), deadline.remaining()
        if phase is not None and phase.seconds is not None:
            self._take(name, min(phase.seconds, left))
        elif phase is not None and isfinite(left):
            self._take(name, left)

    def _take(self, name: str, seconds: float) -> None:
        self._now += seconds
        self._spent[name] = self._spent.get(name, 0.0) + seconds

    def _expected(self, phase: PhaseForecast) -> PhaseForecast:
        if phase.seconds is None:
            return phase
        spent = self._spent.get(phase.name, 0.0)
        part = min(1.0, spent / phase.seconds) if phase.seconds else 1.0
        whole = part > 1 - _INEXACT
        steps = phase.steps if whole or phase.steps is None else int(part * phase.steps + _INEXACT)
        return replace(phase, expected=phase.seconds if whole else spent, expected_steps=steps)


def under_budget(
    phases: Sequence[PhaseForecast], trainings: Sequence[Trainings], settings: RunSettings
) -> tuple[PhaseForecast, ...]:
    """Return the phases with what the budget of ``settings`` leaves of them."""
    return PlayedRun(phases, trainings, settings, settings.budget).phases()


def sufficient_budget(phases: Sequence[PhaseForecast], trainings: Sequence[Trainings], settings: RunSettings) -> float:
    """Return the least seconds, to the percent, of a budget that cuts nothing that is known."""
    high = low = sum(phase.seconds or 0.0 for phase in phases)
    while _cuts(phases, trainings, settings, high):
        low, high = high, 2 * high
    while high > 1.01 * low:
        middle = (low + high) / 2
        low, high = (middle, high) if _cuts(phases, trainings, settings, middle) else (low, middle)
    return high


def _cuts(
    phases: Sequence[PhaseForecast], trainings: Sequence[Trainings], settings: RunSettings, budget: float
) -> bool:
    known = [phase for phase in phases if phase.seconds is not None]
    return any(phase.cut for phase in PlayedRun(known, trainings, settings, budget).phases())
