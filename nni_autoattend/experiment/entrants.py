"""Who is in the table: the found network, the baselines and the controls, each with its tuning runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from nni_autoattend.architecture import Architecture
from nni_autoattend.baselines.by_modality import TRIVIAL, build_baseline, tuning_ladder
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.compared import CONSISTENT, RANDOM_ARCHITECTURE
from nni_autoattend.genes import Genes
from nni_autoattend.report.data import ResultKind
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.simpler import work_of

if TYPE_CHECKING:
    from torch import nn

    from nni_autoattend.strategy.candidates import Candidate

FOUND = "found"
_SEARCHED_WEIGHT, _BASELINE_WEIGHT = 3.0, 1.0
"""Shares of a wall-clock budget: a searched network has many small operations and is what the person came for."""


@dataclass(frozen=True)
class Variant:
    """One network that can be trained.

    Attributes:
        label: what distinguishes it from the entrant's others (``candidate-2``, ``lr-1``).
        seed: of its initial weights, its batches and its dropout.
        training: how it is trained.
        build: makes the untrained network; draws from torch's global generator.
        work: how many parts of a searched network do something (``work_of``).
    """

    label: str
    seed: int
    training: TrainingSettings
    build: Callable[[], nn.Module]
    work: int = 0

    def with_seed(self, seed: int) -> Variant:
        """Return the same with another seed."""
        return replace(self, seed=seed)


@dataclass(frozen=True)
class Entrant:
    """A row of the table: its tuning runs, of which the selection half of validation picks one.

    Attributes:
        name: name of the row.
        kind: what the row is for.
        variants: its tuning runs; all with the first seed.
        weight: its share of a wall-clock budget, relative to the others'.
    """

    name: str
    kind: ResultKind
    variants: tuple[Variant, ...]
    weight: float


def entrants(bench: Bench, candidates: Sequence[Candidate]) -> list[Entrant]:
    """Return who is trained: baselines and controls of the settings, then the found network.

    The found network comes last so that time which quick baselines leave goes to it. Everybody gets as many tuning
    runs: the best ``top_k`` candidates of the search, as many uniformly drawn architectures, as many learning rates.
    """
    chosen = [candidate.architecture for candidate in candidates[: bench.settings.retrain.top_k]]
    rows = [_compared(name, len(chosen), bench) for name in _names(bench)]
    return [*rows, searched(FOUND, "found", "candidate", chosen, bench)]


def draw(genes: Genes, count: int, seed: int) -> list[Architecture]:
    """Return up to ``count`` uniformly drawn architectures that give distinct networks."""
    rng = Random(f"{seed} {RANDOM_ARCHITECTURE}")
    drawn: dict[object, Architecture] = {}
    for _ in range(100 * count):
        architecture = genes.random(rng)
        drawn.setdefault(architecture.network_key(), architecture)
        if len(drawn) == count:
            break
    return list(drawn.values())


def _names(bench: Bench) -> list[str]:
    names = dict.fromkeys(bench.settings.retrain.baselines)  # a name said twice counts once
    return [name for name in names if name != TRIVIAL[bench.settings.space.modality]]


def _compared(name: str, runs: int, bench: Bench) -> Entrant:
    if name == RANDOM_ARCHITECTURE:
        drawn = draw(bench.settings.space.genes, runs, bench.settings.seed)
        return searched(name, "control", "draw", drawn, bench)
    return baseline(name, runs, bench)


def searched(name: str, kind: ResultKind, label: str, chosen: Sequence[Architecture], bench: Bench) -> Entrant:
    """Return the row of ``chosen`` architectures, one tuning run (``<label>-<number>``) each."""
    settings = bench.settings
    training = settings.retrain.training()
    variants = tuple(
        Variant(
            f"{label}-{number}",
            settings.seed,
            training,
            partial(stand_alone, architecture, bench),
            work_of(architecture),
        )
        for number, architecture in enumerate(chosen, start=1)
    )
    return Entrant(name, kind, variants, _SEARCHED_WEIGHT)


def baseline(name: str, runs: int, bench: Bench) -> Entrant:
    """Return the row of a baseline network with ``runs`` tuning runs of its ladder, trained as published.

    A name that ends with ``CONSISTENT`` is the control that has the found network's consistency besides.
    """
    settings, plain = bench.settings, name.removesuffix(CONSISTENT)
    training = settings.retrain.training()
    if plain == name:
        training = replace(training, consistency=None)
    modality, task = settings.space.modality, settings.data.task
    ladder = tuning_ladder(modality, plain, runs, lr=training.lr, task=task)
    variants = tuple(
        Variant(
            f"lr-{number}",
            settings.seed,
            replace(training, **setting),  # type: ignore[arg-type]  # lr, weight_decay
            partial(_baseline_network, plain, bench),
        )
        for number, setting in enumerate(ladder, start=1)
    )
    return Entrant(name, "baseline", variants, _BASELINE_WEIGHT)


def stand_alone(architecture: Architecture, bench: Bench) -> nn.Module:
    """Return the untrained network of ``architecture``, as wide as what is retrained."""
    from nni_autoattend.network.by_modality import build_network

    return build_network(architecture, bench.retrain_shape, bench.data.dimensions)


def _baseline_network(name: str, bench: Bench) -> nn.Module:
    return build_baseline(name, bench.retrain_shape, bench.data.dimensions, bench.settings.data.task)
