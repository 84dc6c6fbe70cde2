"""The second phase of AutoAttend: evolution over everything evaluated so far.

Source: AutoAttend's released ``search_supernet.py``: a uniform start population, then rounds in which each of the best
architectures *of all evaluated* gets one unseen mutant. No crossover, nothing ages.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.sample_space import SampleSpace

Evaluate = Callable[[Sequence[Sample]], Iterable[float]]
"""From samples to their fitnesses."""


@dataclass(frozen=True)
class Scored:
    """A sample and its fitness (larger is better)."""

    sample: Sample
    fitness: float


class Evolution:
    """Walks a sequence of samples that depends on the seed and the fitnesses alone, so it can be walked again.

    Args:
        samples: the space.
        population: uniform samples to start from, of distinct networks.
        rounds: how often the parents get mutants.
        parents: the best so far that get one unseen mutant each per round.
        mutation: probability that a gene is drawn anew.
        seed: of every draw.
    """

    def __init__(
        self, samples: SampleSpace, *, population: int, rounds: int, parents: int, mutation: float, seed: int
    ) -> None:
        self.samples, self.population, self.rounds = samples, population, rounds
        self.parents, self.mutation = parents, mutation
        self._rng = Random(f"{seed} evolution")
        self._seen: set[Hashable] = set()
        self.scored: list[Scored] = []

    @property
    def evaluations(self) -> int:
        """How many evaluations a whole run takes at most."""
        return self.population + self.rounds * min(self.parents, self.population)

    def run(self, evaluate: Evaluate) -> list[Scored]:
        """Evaluate start population and mutants; return all scored samples, the best first.

        Args:
            evaluate: fitnesses of samples, in order; fewer than samples end the run cleanly (the time is up).
        """
        going_on = self._score([self._start] * self.population, evaluate)
        for _ in range(self.rounds):
            if not going_on:
                break
            parents = [scored.sample for scored in self.best(self.parents)]
            going_on = self._score([partial(self._mutant, parent) for parent in parents], evaluate)
        return self.best(len(self.scored))

    def best(self, count: int) -> list[Scored]:
        """Return the ``count`` best so far; of equals the one found first."""
        return sorted(self.scored, key=lambda scored: -scored.fitness)[:count]

    def _start(self) -> Sample:
        return self.samples.random(self._rng)

    def _mutant(self, parent: Sample) -> Sample:
        return self.samples.mutate(parent, self.mutation, self._rng)

    def _score(self, draws: Sequence[Callable[[], Sample]], evaluate: Evaluate) -> bool:
        """Score an unseen sample of each draw; none where the space has no other. False: the time is up."""
        samples = []
        for draw in draws:
            sample = self.samples.unseen(draw, self._seen)
            if sample is not None:
                self._seen.add(self.samples.key(sample))
                samples.append(sample)
        scored = [Scored(*pair) for pair in zip(samples, evaluate(samples), strict=False)]
        self.scored += scored
        return len(scored) == len(samples)
