"""A throw-away supernet like the run's: it takes some of the strategy's own steps, is evaluated, and is forgotten."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.forecast_batches import FewBatches
from nni_autoattend.experiment.forecast_counts import AUTOATTEND, DIFFERENTIABLE
from nni_autoattend.experiment.forecast_pace import STILL
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.progress import SilentObserver

if TYPE_CHECKING:
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.strategy.detached_steps import DetachedSteps


class StepTimes(SilentObserver):
    """Notes the seconds of every step of a phase."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._last = 0.0

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        """Begin to count."""
        self._last = time.perf_counter()

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Note a step."""
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now


class ThrowAwaySupernet:
    """The supernet of a run's settings, built anew.

    Args:
        settings: of the run; the strategy is one of ``forecast_counts.ONE_SHOT``.
        data: of the run.

    Attributes:
        model: the supernet.
        build: seconds of building it.
    """

    def __init__(self, settings: RunSettings, data: PreparedData) -> None:
        from nni_autoattend.space.table import space_class
        from nni_autoattend.strategy.table import build_strategy
        from nni_autoattend.training.lightning import Classification

        self.settings, self._rng = settings, Random(settings.seed)
        started = time.perf_counter()
        self._strategy: Any = build_strategy(settings.strategy, settings.seed)
        space = space_class(settings.space)
        self.model: Any = space.from_recipe(settings.space, data.dimensions, settings.seed)
        self._strategy.mutate_model(self.model)
        self.build = time.perf_counter() - started
        once = replace(settings.strategy.search, epochs=1, lr=STILL)
        self._module = Classification(once, data.metric, data.dimensions.classes)

    @property
    def paths(self) -> int:
        """Paths of a step."""
        return int(getattr(self._strategy, "paths", 1))

    def phase_steps(self, batches: Sequence[Any], paths: int, deadline: Deadline) -> list[float]:
        """Take a step of AutoAttend's supernet phase on each batch until the deadline, at least one; their seconds."""
        from nni_autoattend.strategy.context import SearchContext
        from nni_autoattend.strategy.sample_space import SampleSpace
        from nni_autoattend.strategy.supernet_phase import SupernetPhase

        clock = _AfterOneStep(deadline)
        SupernetPhase(
            self._steps(),
            self.model,
            SampleSpace(self.model),
            FewBatches(batches),
            epochs=1,
            paths=paths,
            clip=self._module.gradient_clip_val,
            context=SearchContext(seed=self.settings.seed, observer=clock, deadline=clock.deadline),
        ).run()
        return clock.seconds

    def trainer_steps(self, batches: Sequence[Any], validation: Sequence[Any]) -> list[float]:
        """Take an epoch's steps of one of NNI's strategies under a Trainer; their seconds, validation steps included.

        ENAS takes ``validation`` after the batches in the same epoch; for the others the last one is not counted. The
        differentiable ones take a batch of validation texts beside each, for which the same batches stand in.
        """
        from nni_autoattend.history import History
        from nni_autoattend.training.lightning import RunCallback, lightning_evaluator

        times, train = StepTimes(), FewBatches(batches)
        if self.settings.strategy.class_name in DIFFERENTIABLE:
            validation = batches
        callback = RunCallback(train, Deadline(), times, History())  # type: ignore[arg-type]  # a loader in all it uses
        evaluator = lightning_evaluator(self._module, train, FewBatches(validation), [callback])  # type: ignore[arg-type]
        self._strategy.mutate_evaluator(evaluator).evaluate(self.model)
        return times.seconds

    def evaluations(self, loader: Any, rounds: int, deadline: Deadline) -> list[float]:
        """Draw and score uniform architectures as a search on the supernet does, at least one round.

        An evolution scores as many side by side as torch has threads, a second stage one after the other.

        Returns:
            Seconds of one evaluation, for each round that was done.
        """
        from nni_autoattend.strategy.context import SearchContext
        from nni_autoattend.strategy.sample_space import SampleSpace
        from nni_autoattend.strategy.supernet_fitness import SupernetFitness

        samples = SampleSpace(self.model)
        fitness = SupernetFitness(self._steps(), samples, loader, SearchContext())
        together = self._side_by_side()
        seconds: list[float] = []
        for _ in range(rounds):
            started = time.perf_counter()
            list(fitness(samples.distinct(together, self._rng)))
            seconds.append((time.perf_counter() - started) / together)
            if deadline.expired():
                break
        return seconds

    def _side_by_side(self) -> int:
        import torch

        return torch.get_num_threads() if self.settings.strategy.class_name == AUTOATTEND else 1

    def _steps(self) -> DetachedSteps:
        from nni_autoattend.strategy.detached_steps import DetachedSteps

        self._module.set_model(self.model)
        return DetachedSteps(self._module)


class _AfterOneStep(StepTimes):
    """Lets a phase take one step before it may see that its time is up."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self.deadline = Deadline(0.0, lambda: -deadline.remaining() if self.seconds else -1.0)
