"""How many steps, evaluations and trainings a run is made of: counted from its settings, nothing is timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nni_autoattend.baselines.by_modality import TRIVIAL
from nni_autoattend.datasets.by_modality import scoring_loader, training_loader
from nni_autoattend.experiment.entrants import Entrant
from nni_autoattend.experiment.finalists import PHASE as FINALISTS
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.simplification import PHASE as SIMPLIFICATION
from nni_autoattend.modality import ModalityName
from nni_autoattend.recipes import StrategyRecipe
from nni_autoattend.settings import TrainingSettings

if TYPE_CHECKING:
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.datasets.loader import Part

AUTOATTEND = "nni_autoattend.strategy.autoattend:AutoAttend"
ENAS = "nni_autoattend.strategy.enas:ENAS"
RANDOM_ONE_SHOT = "nni.nas.strategy:RandomOneShot"
DIFFERENTIABLE = (
    "nni_autoattend.strategy.differentiable:DARTS",
    "nni_autoattend.strategy.differentiable:GumbelDARTS",
    "nni_autoattend.strategy.differentiable:Proxyless",
)
ONE_SHOT = (AUTOATTEND, ENAS, RANDOM_ONE_SHOT, *DIFFERENTIABLE)
MULTI_TRIAL = (
    "nni.nas.strategy:Random",
    "nni.nas.strategy:RegularizedEvolution",
    "nni_autoattend.strategy.grid:Grid",
    "nni_autoattend.strategy.policy_rl:PolicyRL",
    "nni_autoattend.strategy.tpe:TPE",
)
"""Strategies of which is known what they do; a class of somebody's own decides by itself."""


@dataclass(frozen=True)
class Counted:
    """A phase and its steps (``None``: not known before), as its observer will count them."""

    name: str
    steps: int | None
    unit: str
    remark: str = ""


@dataclass(frozen=True)
class Trainings:
    """The trainings of one row of the results table.

    Attributes:
        name: of the row.
        weight: its share of a wall-clock budget, relative to the others'.
        tuning: trainings of which the selection half picks one.
        seeds: further ones of the picked.
        epochs: of each.
        batches: steps in an epoch.
    """

    name: str
    weight: float
    tuning: int
    seeds: int
    epochs: int
    batches: int

    @property
    def count(self) -> int:
        """All of them."""
        return self.tuning + self.seeds

    @property
    def steps(self) -> int:
        """Optimisation steps of all of them."""
        return self.count * self.epochs * self.batches


def batches(part: Part, training: TrainingSettings) -> int:
    """Return the batches of an epoch."""
    return len(training_loader(part, training, seed=0))


def search_counts(settings: RunSettings, data: PreparedData) -> list[Counted]:
    """Return the phases of the search."""
    recipe = settings.strategy
    if recipe.kind == "multi-trial":
        remark = "" if recipe.class_name in MULTI_TRIAL else "at most; the strategy may ask for fewer"
        return [Counted("trials", recipe.search.trials, "trials", remark)]
    alone = _alone(recipe)
    if recipe.class_name == AUTOATTEND:
        return [_supernet(recipe, data), Counted("evolution", _evolution(recipe), "evaluations"), *alone]
    known = recipe.class_name in ONE_SHOT
    stage = Counted("second stage", recipe.search.samples or 1, "evaluations", "" if known else "at most")
    remark = f"not known: {recipe.class_name} decides by itself how long it trains"
    return [_supernet(recipe, data) if known else Counted("supernet", None, "steps", remark), stage, *alone]


def training_counts(rows: Sequence[Entrant], settings: RunSettings, data: PreparedData) -> list[Trainings]:
    """Return the trainings of ``rows``, in the order in which they are begun."""
    retrain = settings.retrain
    steps = batches(data.train, retrain.training())
    return [
        Trainings(row.name, row.weight, len(row.variants), retrain.seeds - 1, retrain.epochs, steps) for row in rows
    ]


def found_at_most(recipe: StrategyRecipe) -> int:
    """Return how many architectures a search hands over when nothing cuts it."""
    if recipe.kind == "multi-trial":
        return recipe.search.trials or 1
    simpler = recipe.search.simplifications if recipe.search.finalists else 0
    return _from_supernet(recipe) + simpler


def comparing_counts(trainings: Sequence[Trainings], modality: ModalityName) -> list[Counted]:
    """Return the phases that are no trainings: the trivial baseline's fits, and reading the test split."""
    fits = max(row.tuning for row in trainings)
    return [Counted(TRIVIAL[modality], fits, "fits"), Counted("test", len(trainings), "networks")]


def _alone(recipe: StrategyRecipe) -> list[Counted]:
    """Return the phases in which a search trains architectures of its supernet alone."""
    if not recipe.search.finalists:
        return []
    finalists = Counted(FINALISTS, _from_supernet(recipe), "trainings")
    simpler = recipe.search.simplifications
    return [finalists, Counted(SIMPLIFICATION, simpler, "trainings", "at most")] if simpler else [finalists]


def _from_supernet(recipe: StrategyRecipe) -> int:
    """Return how many architectures a supernet hands over."""
    if recipe.class_name == AUTOATTEND:
        return min(recipe.search.finalists or int(recipe.arguments["top_k"]), _evolution(recipe))
    samples = recipe.search.samples or 1
    return min(recipe.search.finalists or samples, samples)


def _supernet(recipe: StrategyRecipe, data: PreparedData) -> Counted:
    search = recipe.search
    steps = batches(data.train, search)
    if recipe.class_name == ENAS:  # its controller takes the validation batches in the same epoch
        steps += len(scoring_loader(data.search))
    return Counted("supernet", search.epochs * steps, "steps")


def _evolution(recipe: StrategyRecipe) -> int:
    """Return ``Evolution.evaluations`` of the recipe."""
    population, parents = int(recipe.arguments["population"]), int(recipe.arguments["parents"])
    return population + int(recipe.arguments["rounds"]) * min(parents, population)
