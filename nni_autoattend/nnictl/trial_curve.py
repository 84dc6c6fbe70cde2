"""A trial's curve on NNI's page: every validation score of a training becomes an intermediate result."""

from nni_autoattend.nnictl.trial_channel import Reporter
from nni_autoattend.progress import SilentObserver

SCORE = "score"


class Curve(SilentObserver):
    """Hands scores on as they come; says the rest to nobody.

    Args:
        reporter: the line to NNI.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Report a validation score."""
        if SCORE in figures:
            self._reporter.intermediate(figures[SCORE])

    def say(self, text: str) -> None:
        """Write a line into the trial's log."""
        print(text, flush=True)
