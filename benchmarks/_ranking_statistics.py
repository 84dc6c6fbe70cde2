"""Rank correlations of two scores over architectures, for a whole bootstrap of them at once.

A resample is how often it drew each architecture: (draws, N) counts. An architecture that is drawn twice is tied with
itself in both scores, and such pairs drop out of Kendall's tau-b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 2000
LEVEL = 0.95


class Measure(Protocol):
    """The form of ``kendall`` and ``spearman``."""

    def __call__(self, x: Floats, y: Floats, counts: Floats | None = None) -> Floats:
        """Return (draws,) correlations."""


@dataclass(frozen=True)
class Estimate:
    """A figure and the 95 % interval of its bootstrap.

    Attributes:
        value: of what was measured, nothing resampled.
        low, high: percentile interval.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, draws: Floats) -> Estimate:
        """Return the estimate with the interval of its bootstrap ``draws``."""
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(draws, [tail, 1 - tail])
        return cls(value, float(low), float(high))


def architecture_draws(architectures: int, draws: int = RESAMPLES, seed: int = 0) -> Floats:
    """Return (draws, architectures) counts: how often each resample drew each architecture."""
    random = np.random.default_rng([seed, 0])
    return random.multinomial(architectures, np.full(architectures, 1 / architectures), size=draws).astype(np.float64)


def seed_draws(seeds: int, draws: int = RESAMPLES, seed: int = 0) -> Floats:
    """Return (draws, seeds) shares: how much of each resample's mean belongs to each supernet seed."""
    random = np.random.default_rng([seed, 1])
    return random.multinomial(seeds, np.full(seeds, 1 / seeds), size=draws) / seeds


def kendall(x: Floats, y: Floats, counts: Floats | None = None) -> Floats:
    """Return Kendall's tau-b of two scores in every resample.

    Args:
        x: (N,) scores.
        y: (N,) other scores.
        counts: (draws, N) resamples; ``None``: one, with every architecture once.

    Returns:
        (draws,) values; 0 where all architectures are tied in one of the scores, which then orders nothing.
    """
    counts = np.ones((1, len(x))) if counts is None else counts
    above, ordered = np.sign(x[:, None] - x), np.sign(y[:, None] - y)
    agreeing, pairs_x, pairs_y = (_form(matrix, counts) for matrix in (above * ordered, np.abs(above), np.abs(ordered)))
    return _ratio(agreeing, np.sqrt(pairs_x * pairs_y))


def spearman(x: Floats, y: Floats, counts: Floats | None = None) -> Floats:
    """Return Spearman's rho (of mean ranks, where tied) in every resample; arguments and result as in ``kendall``."""
    counts = np.ones((1, len(x))) if counts is None else counts
    ranks_x, ranks_y = _centred_ranks(x, counts), _centred_ranks(y, counts)
    covariance = (counts * ranks_x * ranks_y).sum(axis=1)
    return _ratio(covariance, np.sqrt((counts * ranks_x**2).sum(axis=1) * (counts * ranks_y**2).sum(axis=1)))


def correlate(measure: Measure, fitness: Floats, alone: Floats, counts: Floats, shares: Floats) -> tuple[float, Floats]:
    """Return the mean correlation over supernet seeds, and that of every resample of architectures and seeds.

    Args:
        measure: ``kendall`` or ``spearman``.
        fitness: (seeds, N) fitness on each supernet.
        alone: (N,) score of the architectures alone.
        counts: (draws, N) resamples of the architectures.
        shares: (draws, seeds) resamples of the seeds.
    """
    mean = float(np.mean([measure(one, alone)[0] for one in fitness]))
    by_seed = np.stack([measure(one, alone, counts) for one in fitness], axis=1)
    return mean, (by_seed * shares).sum(axis=1)


def top_share(fitness: Floats, count: int) -> Floats:
    """Return (N,) weights of the ``count`` fittest, of sum 1; those tied at the edge share what is left."""
    count = min(count, len(fitness))
    edge = np.sort(fitness)[-count]
    above, tied = fitness > edge, fitness == edge
    weights: Floats = (above + tied * (count - above.sum()) / tied.sum()) / count
    return weights


def _form(matrix: Floats, counts: Floats) -> Floats:
    """Return the (draws,) sums of a matrix over all pairs of a resample."""
    sums: Floats = ((counts @ matrix) * counts).sum(axis=1)
    return sums


def _centred_ranks(values: Floats, counts: Floats) -> Floats:
    """Return (draws, N) mean ranks of the values within each resample, minus their mean."""
    below = (values[:, None] > values) + 0.5 * (values[:, None] == values)
    ranks: Floats = counts @ below.T.astype(np.float64)
    centred: Floats = ranks - (counts * ranks).sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True)
    return centred


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return ratio
