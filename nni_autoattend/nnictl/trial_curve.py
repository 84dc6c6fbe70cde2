"""A trial's curve on NNI's page: every validation score of a training becomes an intermediate result."""

import math

from nni_autoattend.nnictl.trial_channel import Reporter
from nni_autoattend.progress import SilentObserver
from nni_autoattend.settings import BestBy
from nni_autoattend.training.fitness import fitness_of

SCORE, LOSS = "score", "validation_loss"


class Curve(SilentObserver):
    """Hands scores on as they come; says the rest to nobody.

    Args:
        reporter: the line to NNI.
        best: what the final metric judges by; the curve does, too.
    """

    def __init__(self, reporter: Reporter, best: BestBy = "score") -> None:
        self._reporter, self._best = reporter, best

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Report a validation score."""
        if SCORE in figures:
            self._reporter.intermediate(fitness_of(figures[SCORE], figures.get(LOSS, math.nan), self._best))

    def say(self, text: str) -> None:
        """Write a line into the trial's log."""
        print(text, flush=True)
