"""Fitness of samples on a trained supernet, remembered in the journal."""

from collections.abc import Iterator, Sequence
from typing import Any

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.strategy.sample_space import SampleSpace

STAGE = "evaluation"


class SupernetFitness:
    """Scores samples with inherited weights; a sample of a journalled network is answered from the journal.

    Args:
        steps: the Lightning module's steps, for their fitnesses.
        samples: the space, for keys.
        loader: validation batches.
        context: journal, deadline and observer.
    """

    def __init__(self, steps: DetachedSteps, samples: SampleSpace, loader: Any, context: SearchContext) -> None:
        self.steps, self.samples, self.loader, self.context = steps, samples, loader, context
        self.best = float("-inf")

    def __call__(self, samples: Sequence[Sample]) -> Iterator[float]:
        """Yield the fitness of each of ``samples``; fewer when the time is up (the first of all is always scored)."""
        team, journal = self.steps.team, self.context.journal
        keys = [self.samples.text_key(sample) for sample in samples]
        found = team.agreed([journal.find(STAGE, key) for key in keys])
        new = [sample for sample, known in zip(samples, found, strict=True) if known is None]
        fresh = self.steps.fitnesses(self.loader, new)
        for key, known in zip(keys, found, strict=True):
            if known is None:
                if self.best > float("-inf") and team.agreed(self.context.deadline.expired()):
                    return
                known = journal.record(STAGE, key, fitness=next(fresh))
            fitness = float(known["fitness"])
            self.best = max(self.best, fitness)
            self.context.observer.advance(1, best=self.best)
            yield fitness
