"""AutoAttend's search as an NNI one-shot strategy: a supernet of uniform paths, then evolution on its weights.

Source: AutoAttend (ICML 2021) and its released scripts. Works in a bare ``NasExperiment`` on any model space that
NNI's path-sampling modules (or the space's own hooks) can turn into a supernet:

    strategy = make_strategy("autoattend", population=50)
    NasExperiment(space, evaluator, strategy).run()
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

import nni
import torch
from nni.nas.evaluator import Evaluator
from nni.nas.evaluator.pytorch.lightning import Lightning
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import RawFormatModelSpace

from nni_autoattend.errors import RecipeError
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.strategy.evolution import Evolution, Scored
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_fitness import SupernetFitness
from nni_autoattend.strategy.supernet_phase import SupernetPhase
from nni_autoattend.supernet.nni_bases import RandomOneShot


class AutoAttend(RandomOneShot):  # type: ignore[misc]  # NNI has no types
    """Train a supernet on several distinct uniform paths per step, then search it by evolution.

    The evaluator's Lightning module gives the steps, its trainer the number of epochs and ``gradient_clip_val``; the
    loop is our own, because it must continue bit for bit after a kill.

    Args:
        paths: distinct paths per step; their gradients are summed.
        population: uniform samples that evolution starts from.
        rounds: rounds of evolution.
        parents: the best of all evaluated that get one unseen mutant each per round.
        mutation: probability that a gene is drawn anew.
        top_k: how many of the best the strategy exports.
        seed: seed of paths and evolution.
        fitness_metric: logged validation metric that is the fitness (larger is better); ``None``: found by itself.
    """

    def __init__(
        self,
        *,
        paths: int,
        population: int,
        rounds: int,
        parents: int,
        mutation: float,
        top_k: int,
        seed: int = 0,
        fitness_metric: str | None = None,
    ) -> None:
        super().__init__()
        counts = {"paths": paths, "population": population, "parents": parents, "top_k": top_k}
        for name, value in counts.items():
            if value < 1:
                raise RecipeError(f"autoattend: {name} must be at least 1, found {value}")
        if rounds < 0 or not 0 < mutation <= 1:
            raise RecipeError(f"autoattend: rounds >= 0 and 0 < mutation <= 1, found {rounds} and {mutation}")
        self.paths, self.population, self.rounds, self.parents = paths, population, rounds, parents
        self.mutation, self.top_k, self.seed, self.fitness_metric = mutation, top_k, seed, fitness_metric
        self.context = SearchContext(seed=seed)
        self.scored: list[Scored] = []

    def attach(self, context: SearchContext) -> None:
        """Give the search its surroundings (checkpoints, journal, deadline, observer) before it is initialised."""
        self.context = context

    def mutate_evaluator(self, evaluator: Lightning) -> Evaluator:
        """Return an evaluator that trains and searches on our loop with the steps of NNI's Lightning evaluator."""
        loaders = (evaluator.train_dataloaders, evaluator.val_dataloaders)
        return _LoopEvaluator(super().mutate_evaluator(evaluator), self._search, loaders)

    def list_models(self, sort: bool = True, limit: int | None = None) -> Iterator[RawFormatModelSpace]:
        """Yield up to ``limit`` (at most ``top_k``) of the best samples found, frozen, the best first."""
        for scored in self.scored[: min(limit or self.top_k, self.top_k)]:
            model = self.model_space.freeze(scored.sample)
            model.metrics.final = scored.fitness
            yield model

    def state_dict(self) -> dict[str, Any]:
        """Return where the search keeps its state; the state itself is in that folder's checkpoints and journal."""
        return {"folder": None if self.context.folder is None else str(self.context.folder)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from the folder of ``state_dict`` when the search runs."""
        if state_dict.get("folder") is not None:
            self.context.folder = Path(state_dict["folder"])

    def _search(self, model: ModelSpace, lightning: Lightning, loaders: tuple[Any, Any]) -> float:
        training_module = lightning.module.training_module
        training_module.set_model(model)
        samples = SampleSpace(model)
        steps = DetachedSteps(training_module, self.fitness_metric)
        torch.manual_seed(self.context.seed)
        SupernetPhase(
            steps,
            model,
            samples,
            loaders[0],
            epochs=lightning.trainer.max_epochs,
            paths=self.paths,
            clip=lightning.trainer.gradient_clip_val or getattr(training_module, "gradient_clip_val", 0.0),
            context=self.context.first_phase(),
            on_epoch=partial(self._end_epoch, steps, samples, loaders[1]),
        ).run()
        self.scored = self._evolve(SupernetFitness(steps, samples, loaders[1], self.context))
        return self.scored[0].fitness

    def _end_epoch(self, steps: DetachedSteps, samples: SampleSpace, loader: Any, loss: float) -> None:
        """Tell NNI the epoch's loss, and the observer how a few paths, the same every time, do on validation."""
        nni.report_intermediate_result(loss)
        paths = samples.distinct(self.context.curve_paths, Random(f"{self.context.seed} curve"))
        if paths:
            self.context.observer.advance(0, score=fmean(steps.fitnesses(loader, paths)))

    def _evolve(self, fitness: SupernetFitness) -> list[Scored]:
        evolution = Evolution(
            fitness.samples,
            population=self.population,
            rounds=self.rounds,
            parents=self.parents,
            mutation=self.mutation,
            seed=self.context.seed,
        )
        self.context.observer.start("evolution", evolution.evaluations, deadline=self.context.deadline)
        scored = evolution.run(fitness)
        self.context.observer.finish()
        return scored


class _LoopEvaluator(Evaluator):  # type: ignore[misc]
    """Hands the mutated space to the strategy's own loop when NNI's engine executes the supernet."""

    def __init__(self, lightning: Lightning, search: Any, loaders: tuple[Any, Any]) -> None:
        self.module, self.trainer = lightning.module, lightning.trainer
        self._lightning, self._search, self._loaders = lightning, search, loaders

    def evaluate(self, model: ModelSpace) -> float:
        """Train and search ``model``; report the best fitness as the final result."""
        best: float = self._search(model, self._lightning, self._loaders)
        nni.report_final_result(best)
        return best
