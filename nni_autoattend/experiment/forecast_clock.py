"""How long the phases of a run took: an observer that passes everything on and looks at the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.training_run import STAGE as TRAINING
from nni_autoattend.progress import Observer


@dataclass
class Spent:
    """What a phase came to.

    Attributes:
        seconds: wall clock.
        steps: steps done, those of an earlier process among them.
    """

    seconds: float = 0.0
    steps: int = 0


class PhaseClock:
    """Keeps ``spent`` by phase, the trainings of one row of the results table together; inner phases count as outer.

    Args:
        observer: who is told.
        clock: seconds.
    """

    def __init__(self, observer: Observer, clock: Callable[[], float] = time.monotonic) -> None:
        self.observer, self._clock, self._began = observer, clock, clock()
        self.spent: dict[str, Spent] = {}
        self._running: list[tuple[str, float]] = []

    @property
    def seconds(self) -> float:
        """Seconds since the clock was made."""
        return self._clock() - self._began

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        """Pass on, and begin to count."""
        self._running.append((row_of(phase), self._clock()))
        if len(self._running) == 1:
            self.spent.setdefault(row_of(phase), Spent()).steps += done
        self.observer.start(phase, total, done, deadline)

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Pass on, and count."""
        if len(self._running) == 1:
            self.spent[self._running[0][0]].steps += steps
        self.observer.advance(steps, **figures)

    def finish(self) -> None:
        """Pass on, and add the time."""
        if self._running:
            name, began = self._running.pop()
            if not self._running:
                self.spent[name].seconds += self._clock() - began
        self.observer.finish()

    def say(self, text: str) -> None:
        """Pass on."""
        self.observer.say(text)


def row_of(phase: str) -> str:
    """Return the name that a phase goes by in a forecast: ``found`` for ``retrain found/candidate-1/seed0``."""
    return phase.removeprefix(f"{TRAINING} ").partition("/")[0] if phase.startswith(f"{TRAINING} ") else phase
