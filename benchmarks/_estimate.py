"""How long a benchmark of searches will take on this machine as it is: some real steps of everything, multiplied."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from benchmarks._protocol import Protocol
from benchmarks._rows import BASELINES, RowPlan, published_architecture
from nni_autoattend.datasets.by_modality import training_loader
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import baseline, draw, stand_alone
from nni_autoattend.settings import TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from nni_autoattend.datasets.loader import Loader, Part

_STEPS = 3


def estimate(plans: Sequence[RowPlan], protocol: Protocol, bench: Bench) -> float:
    """Return the seconds of the whole benchmark, searches included."""
    steps = _step_seconds(bench)
    batches = len(_loader(bench))
    trainings: Counter[str] = Counter()
    for plan in plans:
        trainings.update(plan.trainings(bench, protocol.seeds_of(plan.search)))
    training = sum(count * steps[name] for name, count in trainings.items()) * batches * bench.settings.retrain.epochs
    return training + _search_seconds(protocol, bench, steps["searched"])


def _search_seconds(protocol: Protocol, bench: Bench, step: float) -> float:
    """Return the seconds of all searches; an evaluation is a third of the steps over its texts."""
    seconds: dict[str, float] = {}
    for plan in protocol.searches:
        strategy = protocol.settings(plan).strategy
        arguments, search = strategy.arguments, strategy.search
        if plan.as_long_as:
            seconds[plan.name] = seconds[plan.as_long_as]
            continue
        evaluations = arguments["population"] + arguments["rounds"] * arguments["parents"]
        seconds[plan.name] = evaluations * _epochs(bench, bench.data.search) * step / 3
        if not plan.untrained:
            seconds[plan.name] += search.epochs * _epochs(bench, bench.data.train) * arguments["paths"] * step
        alone = search.finalists + (search.simplifications if search.finalists else 0)
        seconds[plan.name] += alone * bench.settings.retrain.epochs * len(_loader(bench)) * step
    return sum(protocol.seeds_of(name) * each for name, each in seconds.items())


def _epochs(bench: Bench, part: Part) -> float:
    """Return how many of the retraining's steps an epoch over ``part`` is; a graph is always gone through whole."""
    return len(part) / bench.settings.retrain.batch_size if bench.settings.space.modality == "text" else 1.0


def _loader(bench: Bench) -> Loader:
    return training_loader(bench.data.train, bench.settings.retrain.training(), 0)


def _step_seconds(bench: Bench) -> dict[str, float]:
    """Return the seconds of one optimisation step of everything that is trained."""
    import torch

    torch.manual_seed(0)
    drawn = draw(bench.settings.space.genes, _STEPS, bench.settings.seed)
    modality, training = bench.settings.space.modality, bench.settings.retrain.training()
    seconds = {name: _timed_baseline(name, bench) for name in BASELINES[modality]}
    if modality == "text":
        seconds["published"] = _timed(stand_alone(published_architecture(bench), bench), training, bench)
    seconds["searched"] = sum(_timed(stand_alone(one, bench), training, bench) for one in drawn) / len(drawn)
    return seconds


def _timed_baseline(name: str, bench: Bench) -> float:
    variant = baseline(name, 1, bench).variants[0]
    return _timed(variant.build(), variant.training, bench)


def _timed(network: nn.Module, training: TrainingSettings, bench: Bench) -> float:
    from nni_autoattend.training.step import AdamStep

    step, loader = AdamStep(network, training), _loader(bench)
    first, *timed = islice(chain.from_iterable(loader.start_at(0) for _ in range(_STEPS + 1)), _STEPS + 1)
    step.take(*first)  # the first one allocates
    started = time.monotonic()
    for batch in timed:
        step.take(*batch)
    return (time.monotonic() - started) / max(1, len(timed))
