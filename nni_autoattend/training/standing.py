"""Where a training stands and how long it took: the small part of its state, plain numbers."""

import math
import time
from dataclasses import dataclass

from nni_autoattend.settings import BestBy
from nni_autoattend.training.fitness import fitness_of


@dataclass
class Standing:
    """Counts of one training.

    Attributes:
        epoch: complete epochs.
        batch: batches of the current epoch that are done.
        step: batches done in all.
        skipped: batches that changed nothing, because their loss or gradient was not finite.
        skipped_in_a_row: those since the last good one.
        loss: sum of the losses of the current epoch's texts.
        texts: texts in that sum.
        best_epoch: epoch of the best weights, counted from 1 (0: not trained at all).
        best_score: their score on the selection split, ``None`` before the first.
        best_loss: their calibrated loss there.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    loss: float = 0.0
    texts: int = 0
    best_epoch: int = 0
    best_score: float | None = None
    best_loss: float = math.inf

    def is_better(self, score: float, loss: float, best: BestBy = "score") -> bool:
        """Tell whether weights with this ``score`` and ``loss`` on the selection split are the best so far."""
        if self.best_score is None:
            return True
        if best == "score":
            return (score, -loss) > (self.best_score, -self.best_loss)
        if best == "loss":
            return loss < self.best_loss or (math.isnan(self.best_loss) and not math.isnan(loss))
        return fitness_of(score, loss, best) > fitness_of(self.best_score, self.best_loss, best)

    def count(self, loss: float | None, texts: int) -> None:
        """Count a batch of ``texts`` texts with its mean ``loss`` (``None``: skipped)."""
        self.batch, self.step = self.batch + 1, self.step + 1
        if loss is None:
            self.skipped, self.skipped_in_a_row = self.skipped + 1, self.skipped_in_a_row + 1
        else:
            self.skipped_in_a_row, self.loss, self.texts = 0, self.loss + loss * texts, self.texts + texts

    def mean_loss(self) -> float | None:
        """Return the mean loss of the current epoch's texts, ``None`` before the first."""
        return self.loss / self.texts if self.texts else None

    def close_epoch(self) -> None:
        """Begin the next epoch."""
        self.epoch, self.batch, self.loss, self.texts = self.epoch + 1, 0, 0.0, 0


class Stopwatch:
    """Seconds of wall clock and of processor time (all threads), on top of what earlier runs took."""

    def __init__(self, seconds: float = 0.0, cpu_seconds: float = 0.0) -> None:
        self._start, self._cpu_start = time.monotonic() - seconds, time.process_time() - cpu_seconds

    @property
    def seconds(self) -> float:
        """Wall-clock time."""
        return time.monotonic() - self._start

    @property
    def cpu_seconds(self) -> float:
        """Processor time of this process and its threads."""
        return time.process_time() - self._cpu_start

    def readings(self) -> dict[str, float]:
        """Return the arguments of a stopwatch that continues from now."""
        return {"seconds": self.seconds, "cpu_seconds": self.cpu_seconds}
