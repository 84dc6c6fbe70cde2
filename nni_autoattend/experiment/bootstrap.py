"""What "beats" means: a paired bootstrap over test items and seeds.

Every resample draws test items with replacement, the same ones for both networks (paired), and for each network seeds
with replacement, independently: two trainings that share a seed's number share nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Comparison:
    """The found network's mean test score minus another one's.

    Attributes:
        difference: over all items and seeds.
        low, high: 95 % interval of the bootstrap.
    """

    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``beats`` or ``loses`` where the interval excludes 0, else ``equal``."""
        if self.low > 0:
            return "beats"
        return "loses" if self.high < 0 else "equal"


class PairedBootstrap:
    """Compares the found network with others, all on the same resamples of the test items.

    Args:
        metric: a name in ``training.metrics.METRICS``.
        labels: (N,) true classes.
        classes: number of classes.
        found: (seeds, N) predictions of the found network.
        resamples: draws, ``None``: ``RESAMPLES``.
        seed: of the draws; equal inputs give equal intervals.
    """

    def __init__(
        self,
        metric: str,
        labels: Sequence[int],
        classes: int,
        found: Sequence[Sequence[int]],
        *,
        resamples: int | None = None,
        seed: int = 0,
    ) -> None:
        from nni_autoattend.training.metrics import METRICS

        self._score, self._classes, self._seed = METRICS[metric], classes, seed
        self._labels = np.asarray(labels, dtype=np.int64)
        self._resamples = RESAMPLES if resamples is None else resamples
        self._found, self._found_drawn = self._mean(found), self._drawn_means(found, 1)

    def compare(self, other: Sequence[Sequence[int]]) -> Comparison:
        """Compare with another network's predictions, (its seeds, N)."""
        differences = self._found_drawn - self._drawn_means(other, 2)
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(differences, [tail, 1 - tail])
        return Comparison(self._found - self._mean(other), float(low), float(high))

    def _mean(self, network: Sequence[Sequence[int]]) -> float:
        everything = np.arange(len(self._labels))
        return float(np.mean([self._of(self._cells(seed), everything) for seed in network]))

    def _drawn_means(self, network: Sequence[Sequence[int]], stream: int) -> NDArray[np.float64]:
        """Return the mean score of every resample; ``stream`` tells the draws of seeds apart, items are shared."""
        cells = [self._cells(seed) for seed in network]
        items_rng, seeds_rng = np.random.default_rng([self._seed, 0]), np.random.default_rng([self._seed, stream])
        means = np.empty(self._resamples)
        for draw in range(self._resamples):
            items = items_rng.integers(len(self._labels), size=len(self._labels))
            times = np.bincount(seeds_rng.integers(len(cells), size=len(cells)), minlength=len(cells))
            scores = [count * self._of(cells[seed], items) for seed, count in enumerate(times) if count]
            means[draw] = sum(scores) / len(cells)
        return means

    def _cells(self, predictions: Sequence[int]) -> NDArray[np.int64]:
        """Return for every item its cell of the flattened confusion matrix."""
        return self._labels * self._classes + np.asarray(predictions, dtype=np.int64)

    def _of(self, cells: NDArray[np.int64], items: NDArray[np.int64]) -> float:
        counts = np.bincount(cells[items], minlength=self._classes**2)
        return self._score(counts.reshape(self._classes, self._classes))
