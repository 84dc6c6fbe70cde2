"""Architectures of a search on a supernet that it trains alone: each once, kept in the journal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.retrained_shape import retrained_shape

if TYPE_CHECKING:
    from nni_autoattend.architecture import Architecture
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.experiment.run_settings import RunSettings
    from nni_autoattend.strategy.context import SearchContext


def fitness_alone(
    architecture: Architecture,
    stage: str,
    known: dict[str, Any],
    settings: RunSettings,
    data: PreparedData,
    context: SearchContext,
) -> float | None:
    """Train ``architecture`` alone, as retraining does, and return its fitness, by what ``search.best`` says.

    The search half of validation judges it. What the journal has is not trained again.

    Args:
        architecture: what is trained.
        stage: of the journal; it names the checkpoint too.
        known: further values that the journal is to keep.
        settings: of the run.
        data: encoded splits.
        context: seed, deadline, journal.

    Returns:
        ``None``: its losses were not finite, or the time was up before its end.
    """
    key = json.dumps(architecture.network_key())
    record = context.journal.find(stage, key)
    if record is None:
        outcome = _trained(architecture, stage, settings, data, context)
        if outcome is None:
            return None
        record = context.journal.record(stage, key, **known, architecture=architecture.to_json(), **outcome)
    fitness: float | None = record.get("fitness")
    return fitness


def _trained(
    architecture: Architecture, stage: str, settings: RunSettings, data: PreparedData, context: SearchContext
) -> dict[str, Any] | None:
    """Return the journal's values of a finished training; ``None``: the time was up before its end."""
    from nni_autoattend.strategy.stand_alone import train_alone
    from nni_autoattend.training.fitness import fitness_of

    shape, training = retrained_shape(settings.space.search, settings.retrain), settings.retrain.training()
    name = f"{stage}-{len(context.journal.of_stage(stage))}"
    try:
        result = train_alone(architecture, shape, data, training, context, name)
    except DivergedError as error:
        return {"failed": str(error)}
    if result.stopped_early:
        return None
    fitness = fitness_of(result.best_score, result.best_loss, settings.strategy.search.best)
    return {"fitness": fitness, "score": result.best_score, "loss": result.best_loss}
