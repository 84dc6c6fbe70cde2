"""A trial's curve on NNI's page: every validation score of a training becomes an intermediate result."""

import math

from nni_autoattend.budget import Deadline
from nni_autoattend.nnictl.trial_channel import Reporter
from nni_autoattend.progress import SilentObserver
from nni_autoattend.settings import BestBy
from nni_autoattend.training.fitness import fitness_of

SCORE, LOSS = "score", "validation_loss"


class Curve(SilentObserver):
    """Hands scores on as they come, but not those of trainings within a search; says the rest to nobody.

    Args:
        reporter: the line to NNI.
        best: what the final metric judges by; the curve does, too.
    """

    def __init__(self, reporter: Reporter, best: BestBy = "score") -> None:
        self._reporter, self._best, self._depth = reporter, best, 0

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        """Note how many phases this one is within."""
        self._depth += 1

    def finish(self) -> None:
        """Note that the newest phase is over."""
        self._depth -= 1

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Report a validation score, unless it is that of a finalist's own training."""
        if SCORE in figures and self._depth <= 1:
            self._reporter.intermediate(fitness_of(figures[SCORE], figures.get(LOSS, math.nan), self._best))

    def say(self, text: str) -> None:
        """Write a line into the trial's log."""
        print(text, flush=True)
