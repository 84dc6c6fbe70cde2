"""What a person can change where a forecast says that time or memory will not do."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence

from nni_autoattend.experiment.finalists import PHASE as FINALISTS
from nni_autoattend.experiment.forecast import GIB, MemoryForecast, PhaseForecast
from nni_autoattend.experiment.forecast_budget import sufficient_budget
from nni_autoattend.experiment.forecast_counts import Trainings
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.simplification import PHASE as SIMPLIFICATION


def levers(
    phases: Sequence[PhaseForecast],
    trainings: Sequence[Trainings],
    settings: RunSettings,
    memory: MemoryForecast | None,
) -> tuple[str, ...]:
    """Return one line for each thing that does not fit, with the options that would make it fit."""
    return (*_time(phases, trainings, settings), *_memory(memory))


def _time(phases: Sequence[PhaseForecast], trainings: Sequence[Trainings], settings: RunSettings) -> Iterator[str]:
    cut = [phase for phase in phases if phase.cut]
    if not cut:
        return
    yield f"everything fits into --budget {math.ceil(sufficient_budget(phases, trainings, settings) / 60)}m"
    for phase in cut:
        options = [f"--set {key}={value} (now {now})" for key, now, value in _options(phase, settings)]
        if options:
            yield f"{phase.name} fits with {' or '.join(options)}"
    if {phase.name for phase in cut} & {row.name for row in trainings}:
        yield _fewer_trainings(phases, trainings, settings)


def _options(phase: PhaseForecast, settings: RunSettings) -> Iterator[tuple[str, int, int]]:
    """Yield (key, value now, value that fits) of settings that the time of ``phase`` is proportional to."""
    recipe = settings.strategy
    keys: dict[str, dict[str, int | None]] = {
        "supernet": {
            "strategy.search.epochs": recipe.search.epochs,
            "strategy.arguments.paths": recipe.arguments.get("paths"),
            "space.genes.layers": settings.space.genes.layers,
        },
        "evolution": {"strategy.arguments.population": recipe.arguments.get("population")},
        "second stage": {"strategy.search.samples": recipe.search.samples},
        FINALISTS: {"strategy.search.finalists": recipe.search.finalists},
        SIMPLIFICATION: {"strategy.search.simplifications": recipe.search.simplifications},
        "trials": {"strategy.search.trials": recipe.search.trials, "strategy.search.epochs": recipe.search.epochs},
    }
    part = (phase.expected or 0.0) / (phase.seconds or 1.0)
    for key, now in keys.get(phase.name, {}).items():
        if now is not None and int(now * part) >= 1:
            yield key, now, int(now * part)


def _fewer_trainings(phases: Sequence[PhaseForecast], trainings: Sequence[Trainings], settings: RunSettings) -> str:
    rows = [phase for phase in phases if phase.name in {row.name for row in trainings}]
    part = sum(phase.expected or 0.0 for phase in rows) / sum(phase.seconds or 0.0 for phase in rows)
    epochs = settings.retrain.epochs
    fewer = f"--set retrain.epochs={int(epochs * part)} (now {epochs}), " if int(epochs * part) else ""
    return f"trainings fit with {fewer}fewer retrain.seeds, retrain.top_k or retrain.baselines"


def _memory(memory: MemoryForecast | None) -> Iterator[str]:
    machine = machine_memory()
    if memory is None or machine is None or memory.total < machine:
        return
    block = "strategy.search" if memory.phase in ("supernet", "trials") else "retrain"
    yield (
        f"memory: {memory.total / GIB:.1f} GiB in {memory.phase}, this machine has {machine / GIB:.1f}; activations "
        f"shrink with --set {block}.batch_size, weights and moments with space.genes.layers and space.search.width"
    )


def machine_memory() -> int | None:
    """Return the memory of the machine in bytes, ``None`` where the system does not tell."""
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None
