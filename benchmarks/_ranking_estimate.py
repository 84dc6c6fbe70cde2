"""How long what is missing of a ranking benchmark will take: a few real steps of it now, multiplied."""

from __future__ import annotations

from benchmarks._ranking_protocol import Ground, Part, Protocol
from benchmarks._ranking_standalone import missing_trainings, standalone_step_seconds
from benchmarks._ranking_supernets import missing_supernets, supernet_seconds
from nni_autoattend.datasets.by_modality import scoring_loader, training_loader

_TIMED = 3
_FORWARD = 1 / 3
"""Part of a training step that a forward pass alone takes."""


def standalone_estimate(protocol: Protocol, ground: Ground, part: Part) -> float:
    """Return the seconds of the stand-alone trainings that are missing."""
    missing = len(missing_trainings(protocol, ground, part))
    if not missing:
        return 0.0
    data, training = ground.data, protocol.training
    scored = [len(scoring_loader(half, training.batch_size)) for half in (data.selection, data.selection, data.search)]
    steps = training.epochs * (len(training_loader(data.train, training, 0)) + _FORWARD * sum(scored))
    return missing * steps * standalone_step_seconds(ground.architectures[:_TIMED], protocol, ground)


def supernet_estimate(protocol: Protocol, ground: Ground, part: Part) -> float:
    """Return the seconds of the supernets that are missing, each from its beginning."""
    missing = len(missing_supernets(protocol, ground, part))
    if not missing:
        return 0.0
    step, score = supernet_seconds(protocol, ground)
    steps = max(protocol.budgets) * len(training_loader(ground.data.train, protocol.supernet, 0))
    return missing * (steps * step + len(protocol.budgets) * len(ground.architectures) * score)
