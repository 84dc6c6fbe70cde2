"""One step of a supernet: several paths on one batch, their gradients summed, one optimiser step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from nni_autoattend.genes import Sample
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.training.touched import TouchedSteps


@dataclass(frozen=True)
class Taken:
    """What became of a step.

    Attributes:
        losses: of the paths that were learned from.
        skipped: paths that were not.
    """

    losses: list[float]
    skipped: int


class SupernetStep:
    """Takes steps on a supernet.

    Args:
        steps: the Lightning module's steps.
        model: the supernet.
        clip: largest global norm of the summed gradients (0: no clipping).
    """

    def __init__(self, steps: DetachedSteps, model: nn.Module, clip: float) -> None:
        self.steps, self.model = steps, model
        self.optimizer: torch.optim.Optimizer = steps.module.configure_optimizers()
        self._touched = TouchedSteps(self.optimizer, clip)

    def take(self, batch: Any, index: int, samples: Sequence[Sample]) -> Taken:
        """Learn from ``batch`` on the paths of ``samples``.

        A path whose loss is not finite is skipped, together with those that ran with it; all are where the sum of the
        gradients is not finite.
        """
        losses, bad = [0.0] * len(samples), set[int]()
        for learned in self.steps.learn(batch, index, samples):
            numbers = range(*learned.paths.indices(len(samples)))
            if learned.gradients is None:
                bad.update(numbers)
                continue
            learned.gradients.add()
            for number, value in zip(numbers, learned.losses, strict=True):
                losses[number] += value
        team = self.steps.team
        told = torch.tensor([losses, [float(number in bad) for number in range(len(samples))]], dtype=torch.float64)
        team.add(told)
        team.add_gradients(self._touched.weights)
        losses, bad = told[0].tolist(), set(told[1].nonzero().flatten().tolist())
        good = [loss for number, loss in enumerate(losses) if number not in bad]
        if not good or not self._touched.take():
            return Taken([], len(samples))
        return Taken(good, len(bad))
