"""What "beats" means: a paired bootstrap over test items and seeds.

Every resample draws test items with replacement, the same ones for both networks (paired), and for each network seeds
with replacement, independently: two trainings that share a seed's number share nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nni_autoattend.experiment.predictions import Decisions
from nni_autoattend.experiment.tally import tally_of

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
        metric: a name in ``training.metrics.METRICS``, or in ``MULTI_LABEL_METRICS``.
        labels: (N,) true classes, or (N, K) zeros and ones where an item may have several labels.
        classes: number of classes.
        found: (seeds, N) predictions of the found network, or (seeds, N, K).
        resamples: draws, ``None``: ``RESAMPLES``.
        seed: of the draws; equal inputs give equal intervals.
    """

    def __init__(
        self,
        metric: str,
        labels: Decisions,
        classes: int,
        found: Sequence[Decisions],
        *,
        resamples: int | None = None,
        seed: int = 0,
    ) -> None:
        self._tally = partial(tally_of, metric, labels, classes)
        self._items, self._seed = len(labels), seed
        self._resamples = RESAMPLES if resamples is None else resamples
        self._found, self._found_drawn = self._mean(found), self._drawn_means(found, 1)

    def compare(self, other: Sequence[Decisions]) -> Comparison:
        """Compare with another network's predictions, (its seeds, N)."""
        differences = self._found_drawn - self._drawn_means(other, 2)
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(differences, [tail, 1 - tail])
        return Comparison(self._found - self._mean(other), float(low), float(high))

    def _mean(self, network: Sequence[Decisions]) -> float:
        everything = np.arange(self._items)
        return float(np.mean([self._tally(seed).score(everything) for seed in network]))

    def _drawn_means(self, network: Sequence[Decisions], stream: int) -> NDArray[np.float64]:
        """Return the mean score of every resample; ``stream`` tells the draws of seeds apart, items are shared."""
        tallies = [self._tally(seed) for seed in network]
        items_rng, seeds_rng = np.random.default_rng([self._seed, 0]), np.random.default_rng([self._seed, stream])
        means = np.empty(self._resamples)
        for draw in range(self._resamples):
            items = items_rng.integers(self._items, size=self._items)
            times = np.bincount(seeds_rng.integers(len(tallies), size=len(tallies)), minlength=len(tallies))
            scores = [count * tallies[seed].score(items) for seed, count in enumerate(times) if count]
            means[draw] = sum(scores) / len(tallies)
        return means
