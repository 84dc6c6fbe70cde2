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
    """Compares the found network with others on the same resamples of the test items.

    Args:
        metric: a name in ``training.metrics.METRICS``.
        labels: (N,) true classes.
        classes: number of classes.
        resamples: draws.
        seed: of the draws; equal inputs give equal intervals.
    """

    def __init__(
        self, metric: str, labels: Sequence[int], classes: int, *, resamples: int = RESAMPLES, seed: int = 0
    ) -> None:
        from nni_autoattend.training.metrics import METRICS

        self._score, self._classes, self._seed = METRICS[metric], classes, seed
        self._labels = np.asarray(labels, dtype=np.int64)
        self._resamples = resamples

    def compare(self, found: Sequence[Sequence[int]], other: Sequence[Sequence[int]]) -> Comparison:
        """Compare predictions of the found network, (seeds, N), with another's, (other seeds, N)."""
        networks = [[self._cells(seed) for seed in network] for network in (found, other)]
        everything = np.arange(len(self._labels))
        whole = [np.mean([self._of(cells, everything) for cells in network]) for network in networks]
        items_rng, seeds_rng = np.random.default_rng([self._seed, 0]), np.random.default_rng([self._seed, 1])
        differences = np.empty(self._resamples)
        for draw in range(self._resamples):
            items = items_rng.integers(len(self._labels), size=len(self._labels))
            first, second = (self._drawn_mean(network, items, seeds_rng) for network in networks)
            differences[draw] = first - second
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(differences, [tail, 1 - tail])
        return Comparison(float(whole[0] - whole[1]), float(low), float(high))

    def _cells(self, predictions: Sequence[int]) -> NDArray[np.int64]:
        """Return for every item its cell of the flattened confusion matrix."""
        return self._labels * self._classes + np.asarray(predictions, dtype=np.int64)

    def _of(self, cells: NDArray[np.int64], items: NDArray[np.int64]) -> float:
        counts = np.bincount(cells[items], minlength=self._classes**2)
        return self._score(counts.reshape(self._classes, self._classes))

    def _drawn_mean(
        self, network: list[NDArray[np.int64]], items: NDArray[np.int64], rng: np.random.Generator
    ) -> float:
        """Return the mean score of as many drawn seeds as there are; a seed drawn twice is scored once."""
        seeds, times = np.unique(rng.integers(len(network), size=len(network)), return_counts=True)
        scores = [self._of(network[seed], items) for seed in seeds]
        return float(np.average(scores, weights=times))
