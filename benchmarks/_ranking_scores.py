"""From the finished rows of both parts to arrays: what the analysis is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._ranking_standalone import answers
from benchmarks._ranking_statistics import Floats

Ranker = tuple[str, int]
"""A sharing mode and the epochs of its training."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What one judge, the score or the loss, says of N architectures; greater is better.

    Attributes:
        alone: (N,) mean over the stand-alone seeds.
        fitness: ranker -> (supernet seeds, N) with inherited weights.
    """

    alone: Floats
    fitness: Mapping[Ranker, Floats]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of N architectures, S stand-alone seeds each; every architecture has every seed.

    Attributes:
        numbers: (N,) which of the drawn architectures they are.
        parameters: (N,) of the networks trained alone, without the embedding.
        right: (S, N, items) which texts of the selection half the best epoch's weights got right.
        last: (S, N) accuracy of the last epoch on the selection half.
        search: (S, N) accuracy on the search half, of the epoch that is best there.
        likelihood: (S, N) geometric mean of the true labels' probabilities on the selection half, of the epoch that is
            best there: what a loss says, made larger for better.
        fitness: ranker -> (supernet seeds, N) accuracy on the search half with inherited weights.
        fitness_likelihood: likewise, likelihoods.
        fitness_seeds: ranker -> its supernet seeds.
    """

    numbers: NDArray[np.int64]
    parameters: Floats
    right: NDArray[np.bool_]
    last: Floats
    search: Floats
    likelihood: Floats
    fitness: Mapping[Ranker, Floats]
    fitness_likelihood: Mapping[Ranker, Floats]
    fitness_seeds: Mapping[Ranker, tuple[int, ...]]

    @property
    def best(self) -> Floats:
        """Return (S, N): accuracy of the best epoch on the selection half, which chose that epoch, too."""
        best: Floats = self.right.mean(axis=2)
        return best

    @property
    def alone(self) -> Floats:
        """Return (N,): what the rankings are compared with, ``best`` averaged over the seeds."""
        alone: Floats = self.best.mean(axis=0)
        return alone

    @property
    def by_score(self) -> Judged:
        """Return what accuracies say."""
        return Judged(self.alone, self.fitness)

    @property
    def by_loss(self) -> Judged:
        """Return what likelihoods say."""
        return Judged(self.likelihood.mean(axis=0), self.fitness_likelihood)


def read_scores(
    standalone: Sequence[Mapping[str, Any]],
    supernets: Sequence[Mapping[str, Any]],
    items: Mapping[str, int],
    architectures: int,
) -> Scores | None:
    """Return the arrays of what is finished; ``None`` before three architectures are trained.

    Seeds that not every architecture has yet are left out, and so are architectures that diverged.

    Args:
        standalone: rows of that part.
        supernets: likewise.
        items: texts of each half of validation.
        architectures: how many of the drawn ones are ranked.
    """
    rows = {(row["seed"], row["architecture"]): row for row in standalone if row["scores"]}
    numbers = [number for number in range(architectures) if (0, number) in rows]
    seeds = [seed for seed in sorted({seed for seed, _ in rows}) if all((seed, number) in rows for number in numbers)]
    if len(numbers) < 3:
        return None
    chosen = [[rows[seed, number] for number in numbers] for seed in seeds]
    nets = {(row["mode"], row["epochs"], row["seed"]): row for row in supernets}
    usable = {key: row for key, row in nets.items() if len(row["fitness"]) > numbers[-1]}
    rankers = sorted({key[:2] for key in usable})
    net_seeds = {ranker: tuple(sorted(key[2] for key in usable if key[:2] == ranker)) for ranker in rankers}

    def of_supernets(name: str) -> dict[Ranker, Floats]:
        return {
            ranker: np.array([np.array(usable[(*ranker, seed)][name])[numbers] for seed in net_seeds[ranker]])
            for ranker in rankers
        }

    return Scores(
        numbers=np.array(numbers),
        parameters=np.array([row["parameters"] for row in chosen[0]], dtype=np.float64),
        right=np.array([[_best_answers(row, "selection", items) for row in line] for line in chosen]),
        last=np.array([[row["scores"][-1] for row in line] for line in chosen]),
        search=np.array([[_best_answers(row, "search", items).mean() for row in line] for line in chosen]),
        likelihood=np.exp([[-min(row["selection_loss"]) for row in line] for line in chosen]),
        fitness=of_supernets("fitness"),
        fitness_likelihood=of_supernets("likelihood"),
        fitness_seeds=net_seeds,
    )


def _best_answers(row: Mapping[str, Any], half: str, items: Mapping[str, int]) -> NDArray[np.bool_]:
    """Return (items,) of the first epoch with the best accuracy on that very half."""
    epochs = answers(row, half, items[half])
    best: NDArray[np.bool_] = epochs[int(epochs.mean(axis=1).argmax())]
    return best
