"""How long a text benchmark will take on this machine as it is now: a few real steps of everything, multiplied."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks._protocol import Protocol
from benchmarks._rows import BASELINES, RowPlan, published_architecture
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import baseline, draw, stand_alone

if TYPE_CHECKING:
    from torch import nn

_STEPS = 3


def estimate(plans: Sequence[RowPlan], protocol: Protocol, bench: Bench) -> float:
    """Return the seconds of the whole benchmark, searches included."""
    steps = _step_seconds(bench)
    batches = -(-len(bench.data.train.labels) // bench.settings.retrain.batch_size)
    trainings: Counter[str] = Counter()
    for plan in plans:
        trainings.update(plan.trainings(bench, protocol.search_seeds))
    training = sum(count * steps[name] for name, count in trainings.items()) * batches * bench.settings.retrain.epochs
    return training + protocol.search_seeds * _search_seconds(protocol, bench, steps["searched"])


def _search_seconds(protocol: Protocol, bench: Bench, step: float) -> float:
    """Return the seconds of all searches with one seed; an evaluation is a third of the steps over its texts."""
    seconds: dict[str, float] = {}
    for plan in protocol.searches:
        strategy = protocol.settings(plan).strategy
        arguments, search = strategy.arguments, strategy.search
        if plan.as_long_as:
            seconds[plan.name] = seconds[plan.as_long_as]
            continue
        per_text = step / bench.settings.retrain.batch_size
        evaluations = arguments["population"] + arguments["rounds"] * arguments["parents"]
        seconds[plan.name] = evaluations * len(bench.data.search.labels) * per_text / 3
        if not plan.untrained:
            seconds[plan.name] += search.epochs * len(bench.data.train.labels) * arguments["paths"] * per_text
    return sum(seconds.values())


def _step_seconds(bench: Bench) -> dict[str, float]:
    """Return the seconds of one optimisation step of everything that is trained."""
    import torch

    torch.manual_seed(0)
    drawn = draw(bench.settings.space.genes, _STEPS, bench.settings.seed)
    seconds = {name: _timed(baseline(name, 1, bench).variants[0].build(), bench) for name in BASELINES}
    seconds["published"] = _timed(stand_alone(published_architecture(bench), bench), bench)
    seconds["searched"] = sum(_timed(stand_alone(one, bench), bench) for one in drawn) / len(drawn)
    return seconds


def _timed(network: nn.Module, bench: Bench) -> float:
    from nni_autoattend.datasets.by_modality import training_loader
    from nni_autoattend.training.step import AdamStep

    training = bench.settings.retrain.training()
    step, batches = AdamStep(network, training), training_loader(bench.data.train, training, 0).start_at(0)
    step.take(*next(batches))  # the first one allocates
    timed = [batch for batch, _ in zip(batches, range(_STEPS), strict=False)]
    started = time.monotonic()
    for batch in timed:
        step.take(*batch)
    return (time.monotonic() - started) / max(1, len(timed))
