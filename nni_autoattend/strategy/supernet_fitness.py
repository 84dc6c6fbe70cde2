"""Fitness of samples on a trained supernet, remembered in the journal."""

from typing import Any

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.detached_steps import DetachedSteps, set_path
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.supernet.nni_bases import BaseSuperNetModule

STAGE = "evaluation"


class SupernetFitness:
    """Scores samples with inherited weights; a sample of a journalled network is answered from the journal.

    Args:
        steps: the Lightning module's steps, for ``fitness``.
        modules: the supernet's path-choosing modules.
        samples: the space, for keys.
        loader: validation batches.
        context: journal, deadline and observer.
    """

    def __init__(
        self,
        steps: DetachedSteps,
        modules: list[BaseSuperNetModule],
        samples: SampleSpace,
        loader: Any,
        context: SearchContext,
    ) -> None:
        self.steps, self.modules, self.samples, self.loader, self.context = steps, modules, samples, loader, context
        self.best = float("-inf")

    def __call__(self, sample: Sample) -> float | None:
        """Return the fitness of ``sample``, or ``None`` when the time is up (the first is always scored)."""
        key = self.samples.text_key(sample)
        known = self.context.journal.find(STAGE, key)
        if known is None:
            if self.best > float("-inf") and self.context.deadline.expired():
                return None
            set_path(self.modules, sample)
            known = self.context.journal.record(STAGE, key, fitness=self.steps.fitness(self.loader))
        fitness = float(known["fitness"])
        self.best = max(self.best, fitness)
        self.context.observer.advance(1, best=self.best)
        return fitness
