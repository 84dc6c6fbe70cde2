"""The steps of a Lightning module, taken one by one without a Trainer.

A Trainer keeps neither the random generators nor the position in an epoch, so a search that must continue bit for bit
after a kill drives the module's own ``training_step`` and ``validation_step`` itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from nni_autoattend.errors import RecipeError
from nni_autoattend.genes import Sample
from nni_autoattend.supernet.nni_bases import BaseSuperNetModule
from nni_autoattend.training.path_losses import LearnedPaths, PathLosses, learn_from
from nni_autoattend.training.side_by_side import side_by_side, workers_on
from nni_autoattend.training.team import Team

_AT_ONCE = 8
"""Samples that each process of a team scores before they tell each other."""


class DetachedSteps:
    """Training and validation of one Lightning module whose ``log`` is caught here.

    Args:
        module: the Lightning module (the training part of an evaluator), its model set.
        fitness_metric: logged value that is the fitness (larger is better); ``None``: the only one, or ``default``,
            or ``val_acc``. A module with a method ``fitness(loader) -> float`` is asked instead.
        team: the processes that share the work.
    """

    def __init__(self, module: Any, fitness_metric: str | None = None, team: Team | None = None) -> None:
        self.module, self.team = module, team or Team.here()
        self._fitness_metric = fitness_metric
        self._logged: dict[str, float] = {}
        module.log = self._log
        module.log_dict = self._log_dict

    def loss(self, batch: Any, index: int) -> Tensor:
        """Return the loss of a batch on the current path."""
        output = self.module.training_step(batch, index)
        loss: Tensor = output["loss"] if isinstance(output, dict) else output
        return loss

    def learn(self, batch: Any, index: int, samples: Sequence[Sample]) -> Iterator[LearnedPaths]:
        """Yield losses and gradients of paths on a batch, of the part that falls to this process.

        A module with ``path_losses(batch, samples, processes)`` and a model with ``forward_paths`` run several paths
        together, and on a CPU as many parts side by side as torch may use threads; others run one path after another.
        """
        if self._runs_together("path_losses"):
            parts = self.module.path_losses(batch, samples, self.team.size)
            yield from side_by_side(learn_from, self.team.own(parts), workers_on(self.module.device))
            return
        seeds = [int(torch.randint(2**62, ())) for _ in samples] if self.team.size > 1 else []
        for number, sample in self.team.own(enumerate(samples)):
            set_path(self._paths, sample)
            work = PathLosses(slice(number, number + 1), lambda: self.loss(batch, index).unsqueeze(0))
            yield _apart(learn_from, work, seeds[number]) if seeds else learn_from(work)

    def fitnesses(self, loader: Iterable[Any], samples: Sequence[Sample]) -> Iterator[float]:
        """Yield the fitness of each sample's path over ``loader``, in evaluation mode, in order.

        Raises:
            RecipeError: the module logs no metric, or several and none is named.
        """
        at_once = len(samples) if self.team.size == 1 else _AT_ONCE * self.team.size
        for start in range(0, len(samples), at_once or 1):
            some = samples[start : start + at_once]
            own = self._own_fitnesses(loader, list(self.team.own(some)))
            yield from own if self.team.size == 1 else self.team.gathered(list(own), len(some))

    def fitness(self, loader: Iterable[Any]) -> float:
        """Return the fitness of the current path over ``loader``, in evaluation mode.

        Raises:
            RecipeError: the module logs no metric, or several and none is named.
        """
        own = getattr(self.module, "fitness", None)
        return self._mean_logged(loader) if own is None else float(own(loader))

    def _own_fitnesses(self, loader: Iterable[Any], samples: Sequence[Sample]) -> Iterator[float]:
        if self._runs_together("path_fitnesses"):
            yield from self.module.path_fitnesses(loader, samples)
            return
        for sample in samples:
            set_path(self._paths, sample)
            yield self.fitness(loader)

    @cached_property
    def _paths(self) -> list[BaseSuperNetModule]:
        return supernet_modules(self.module.model)

    def _runs_together(self, method: str) -> bool:
        return hasattr(self.module, method) and hasattr(self.module.model, "forward_paths")

    def _mean_logged(self, loader: Iterable[Any]) -> float:
        sums: dict[str, float] = defaultdict(float)
        items = 0
        was_training = self.module.training
        self.module.eval()
        with torch.no_grad():
            for index, batch in enumerate(loader):
                self._logged = {}
                self.module.validation_step(batch, index)
                size = _batch_size(batch)
                items += size
                for name, value in self._logged.items():
                    sums[name] += value * size
        self.module.train(was_training)
        return sums[self._choose_metric(list(sums))] / items

    def _choose_metric(self, names: list[str]) -> str:
        wanted = [self._fitness_metric] if self._fitness_metric else ["default", "val_acc"]
        for name in wanted:
            if name in names:
                return name
        if len(names) == 1 and not self._fitness_metric:
            return names[0]
        raise RecipeError(
            f"validation_step logs {', '.join(names) or 'nothing'}; name the fitness among them with fitness_metric"
        )

    def _log(self, name: str, value: Any, *args: object, **options: object) -> None:
        self._logged[name] = float(value.compute() if hasattr(value, "compute") else value)

    def _log_dict(self, values: dict[str, Any], *args: object, **options: object) -> None:
        for name, value in values.items():
            self._log(name, value)


def _apart(work: Callable[[PathLosses], LearnedPaths], losses: PathLosses, seed: int) -> LearnedPaths:
    """Run ``work`` on random numbers of its own; the generators, equal in all processes, stay as they are."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return work(losses)


def supernet_modules(model: nn.Module) -> list[BaseSuperNetModule]:
    """Return the modules of ``model`` that choose paths (once: a supernet has ten thousand others)."""
    return [module for module in model.modules() if isinstance(module, BaseSuperNetModule)]


def set_path(modules: Iterable[BaseSuperNetModule], sample: dict[str, Any]) -> None:
    """Set supernet modules to ``sample``, by NNI's own ``resample(memo)``."""
    for module in modules:
        module.resample(memo=dict(sample))


def _batch_size(batch: Any) -> int:
    return len(batch[-1]) if isinstance(batch, (tuple, list)) else 1
