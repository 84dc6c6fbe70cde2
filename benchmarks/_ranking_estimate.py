"""How long what is missing of a ranking benchmark will take: a few real steps of it now, multiplied."""

from __future__ import annotations

from benchmarks._ranking_protocol import Ground, Part, Protocol
from benchmarks._ranking_standalone import missing_trainings, standalone_step_seconds
from benchmarks._ranking_supernets import missing_supernets, supernet_seconds

_TIMED = 3
_FORWARD = 1 / 3
"""Part of a training step that a forward pass alone takes."""


def standalone_estimate(protocol: Protocol, ground: Ground, part: Part) -> float:
    """Return the seconds of the stand-alone trainings that are missing."""
    missing = len(missing_trainings(protocol, ground, part))
    if not missing:
        return 0.0
    data, batch_size = ground.data, protocol.training.batch_size
    scored = (2 * len(data.selection) + len(data.search)) / batch_size * _FORWARD
    steps = protocol.training.epochs * (-(-len(data.train) // batch_size) + scored)
    return missing * steps * standalone_step_seconds(ground.architectures[:_TIMED], protocol, ground)


def supernet_estimate(protocol: Protocol, ground: Ground, part: Part) -> float:
    """Return the seconds of the supernets that are missing, each from its beginning."""
    missing = len(missing_supernets(protocol, ground, part))
    if not missing:
        return 0.0
    step, score = supernet_seconds(protocol, ground)
    steps = max(protocol.budgets) * -(-len(ground.data.train) // protocol.supernet.batch_size)
    return missing * (steps * step + len(protocol.budgets) * len(ground.architectures) * score)
