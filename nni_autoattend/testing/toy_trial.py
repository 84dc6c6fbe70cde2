"""Trials without training: the fitness of a sample follows from its labels."""

from collections.abc import Callable
from typing import Any

import nni
from nni.mutable import Mutable
from nni.nas.evaluator import Evaluator
from nni.nas.space import ExecutableModelSpace

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.sample_space import SampleSpace

Fitness = Callable[[Sample], float]


class ToyTrial(Evaluator):  # type: ignore[misc]  # NNI has no types
    """Reports ``fitness(sample)`` and builds no network; ``samples`` are what it was asked, in order.

    Args:
        fitness: larger is better.
        fails: numbers of the trials, from 0, that report NaN instead.
    """

    def __init__(self, fitness: Fitness, fails: Callable[[int], bool] = lambda number: False) -> None:
        self.fitness, self.fails = fitness, fails
        self.samples: list[Sample] = []

    def _execute(self, model: ExecutableModelSpace) -> Any:
        """Stand in for NNI's training of ``model``."""
        failed = self.fails(len(self.samples))
        self.samples.append(dict(model.sample))
        fitness = float("nan") if failed else self.fitness(model.sample)
        nni.report_final_result(fitness)
        return fitness


def late_values(space: Mutable) -> Fitness:
    """Return a fitness that a strategy can climb: 1 where every label has its last value, 0 where its first."""
    values = SampleSpace(space).grid(granularity=3)
    searched = {label: choices for label, choices in values.items() if len(choices) > 1}

    def fitness(sample: Sample) -> float:
        places = [choices.index(sample[label]) / (len(choices) - 1) for label, choices in searched.items()]
        return sum(places) / len(places)

    return fitness
