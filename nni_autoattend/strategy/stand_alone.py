"""One architecture trained by itself within a search: a trial of a multi-trial strategy, or a finalist."""

from pathlib import Path

import torch

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.by_modality import PreparedData, scoring_loader, training_loader
from nni_autoattend.errors import DivergedError
from nni_autoattend.network.by_modality import build_network
from nni_autoattend.settings import NetworkShape, TrainingSettings
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.training.loop import FitResult, fit


def train_alone(
    architecture: Architecture,
    shape: NetworkShape,
    data: PreparedData,
    training: TrainingSettings,
    context: SearchContext,
    name: str,
) -> FitResult:
    """Train a fresh network of ``architecture``; the search half of validation says how good it is.

    Args:
        architecture: of the network; its first weights depend on the search's seed, not on what was trained before.
        shape: its widths and rates.
        data: encoded splits.
        training: rates, epochs, and which epoch is the best.
        context: seed, deadline, observer, and where the checkpoint lies until the training is over.
        name: of the checkpoint, and of the phase that the observer is told of.

    Raises:
        DivergedError: training gave no finite losses.
    """
    checkpoint = None if context.checkpoints is None else context.checkpoints / f"{name}.pt"
    torch.manual_seed(context.seed)
    try:
        result = fit(
            build_network(architecture, shape, data.dimensions),
            training_loader(data.train, training, context.seed),
            scoring_loader(data.search, training.batch_size),
            data.metric,
            data.dimensions.classes,
            training,
            seed=context.seed,
            checkpoint=checkpoint,
            checkpoint_minutes=context.checkpoint_minutes,
            deadline=context.deadline,
            observer=context.observer,
            phase=name,
        )
    except DivergedError:
        _forget(checkpoint)
        raise
    _forget(checkpoint)
    return result


def _forget(checkpoint: Path | None) -> None:
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
