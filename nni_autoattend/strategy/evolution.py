"""The second phase of AutoAttend: evolution over everything evaluated so far.

Source: AutoAttend's released ``search_supernet.py``: a uniform start population, then rounds in which each of the best
architectures *of all evaluated* gets one unseen mutant. No crossover, nothing ages.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from random import Random

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.sample_space import SampleSpace


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

    def run(self, evaluate: Callable[[Sample], float | None]) -> list[Scored]:
        """Evaluate start population and mutants; return all scored samples, the best first.

        Args:
            evaluate: fitness of a sample; ``None`` ends the run cleanly (the time is up).
        """
        if self._score_all(self._start, self.population, evaluate):
            for _ in range(self.rounds):
                parents = [scored.sample for scored in self.best(self.parents)]
                if not self._mutate_each(parents, evaluate):
                    break
        return self.best(len(self.scored))

    def best(self, count: int) -> list[Scored]:
        """Return the ``count`` best so far; of equals the one found first."""
        return sorted(self.scored, key=lambda scored: -scored.fitness)[:count]

    def _start(self) -> Sample:
        return self.samples.random(self._rng)

    def _mutate_each(self, parents: list[Sample], evaluate: Callable[[Sample], float | None]) -> bool:
        return all(self._score_all(partial(self._mutant, parent), 1, evaluate) for parent in parents)

    def _mutant(self, parent: Sample) -> Sample:
        return self.samples.mutate(parent, self.mutation, self._rng)

    def _score_all(self, draw: Callable[[], Sample], count: int, evaluate: Callable[[Sample], float | None]) -> bool:
        """Score ``count`` unseen samples of ``draw``; fewer where the space has no more. False: the time is up."""
        for _ in range(count):
            sample = self.samples.unseen(draw, self._seen)
            if sample is None:
                return True
            fitness = evaluate(sample)
            if fitness is None:
                return False
            self._seen.add(self.samples.key(sample))
            self.scored.append(Scored(sample, fitness))
        return True
