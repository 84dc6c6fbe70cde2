"""The rows of the benchmark of graph baselines: who is trained on what, and what is measured of it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_autoattend.baselines.graph_table import (
    GRAPH_TRIVIAL,
    PublishedSettings,
    build_graph_baseline,
    graph_baseline_names,
    graph_tuning_ladder,
    published_settings,
)
from nni_autoattend.settings_graph_data import GraphDataSettings

if TYPE_CHECKING:
    from torch import nn

    from nni_autoattend.datasets.graph_batches import GraphNodes
    from nni_autoattend.datasets.graph_prepare import GraphData

TASKS = ("cora", "citeseer", "photo")
TOY_TASKS = ("communities",)
TOY_EPOCHS = 5
PUBLIC_SPLIT = ("cora", "citeseer")
"""Tasks whose training and validation nodes are the same for every seed; of the others every seed draws its own."""
_LADDER = 12


@dataclass(frozen=True)
class Training:
    """A baseline on a task with a seed: of the initial weights, of dropout, and of the split where none is public."""

    task: str
    baseline: str
    seed: int


def trainings(tasks: tuple[str, ...], baselines: tuple[str, ...], seeds: int) -> list[Training]:
    """Return all trainings, seed after seed, so that stopping early leaves whole rows.

    Label propagation has no random part: where the split is public once says all.
    """
    return [
        Training(task, name, seed)
        for seed in range(seeds)
        for task in tasks
        for name in (baselines or graph_baseline_names())
        if seed == 0 or name != GRAPH_TRIVIAL or task not in PUBLIC_SPLIT
    ]


def measure(training: Training, root: Path | None, *, toy: bool) -> dict[str, Any]:
    """Train and return accuracies of validation and test, epochs, parameters and seconds."""
    data = data_of(training.task, _split_seed(training), root)
    if training.baseline == GRAPH_TRIVIAL:
        return _spread(data)
    from benchmarks._graph_training import judge, train, whole_validation

    settings, network = untrained(training, data, toy=toy)
    outcome = train(network, data.train, whole_validation(data), settings, training.seed)
    parameters = sum(weight.numel() for weight in network.parameters())
    return {**asdict(outcome), "test": judge(network, data.test).accuracy, "parameters": parameters}


def expected_seconds(training: Training, root: Path | None, *, toy: bool) -> float:
    """Return about how long ``measure`` will take: a few real epochs, times as many as there usually are."""
    if training.baseline == GRAPH_TRIVIAL:
        return 1.0
    from benchmarks._graph_training import epoch_seconds

    data = data_of(training.task, _split_seed(training), root)
    settings, network = untrained(training, data, toy=toy)
    return min(settings.epochs, 5 * settings.patience) * epoch_seconds(network, data, settings)


def untrained(training: Training, data: GraphData, *, toy: bool) -> tuple[PublishedSettings, nn.Module]:
    """Return the published settings, and a network with the training's own initial weights."""
    import torch

    published = published_settings(training.baseline, training.task)
    settings = replace(published, epochs=TOY_EPOCHS) if toy else published
    torch.manual_seed(training.seed)
    return settings, build_graph_baseline(training.baseline, data.dimensions, settings.shape)


@cache
def data_of(task: str, split_seed: int, root: Path | None) -> GraphData:
    """Return a task, prepared."""
    from nni_autoattend.datasets.graph_prepare import prepare_graph
    from nni_autoattend.datasets.graph_tasks import load_graph_splits

    settings = GraphDataSettings(task=task, root=root, split_seed=split_seed)
    return prepare_graph(settings, load_graph_splits(settings))


def _split_seed(training: Training) -> int:
    return 0 if training.task in PUBLIC_SPLIT else training.seed


def _spread(data: GraphData) -> dict[str, Any]:
    """Spread labels with every setting of the ladder and judge the one that is best on the selection half."""
    from nni_autoattend.baselines.graph_label_propagation import LabelPropagation

    started, classes = time.monotonic(), len(data.labels)
    spread = [
        LabelPropagation(rung["alpha"], int(rung["layers"])).fit(data.train, classes)
        for rung in graph_tuning_ladder(GRAPH_TRIVIAL, _LADDER)
    ]
    best = max(spread, key=lambda one: _accuracy(one.predict(data.selection), data.selection))
    return {
        "validation": _accuracy(best.predict(data.selection), data.selection),
        "best_epoch": None,
        "epochs": None,
        "seconds": time.monotonic() - started,
        "test": _accuracy(best.predict(data.test), data.test),
        "parameters": None,
        "chosen": {"alpha": best.alpha, "layers": best.layers},
    }


def _accuracy(predicted: Any, nodes: GraphNodes) -> float:
    return float((predicted == nodes.labels).double().mean())
