"""The losses of a step's paths as pieces of work that do not touch each other."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from nni_autoattend.training.gradients import Gradients, gradients_of


class PathLosses(NamedTuple):
    """Losses that are still to be computed; any thread may.

    Attributes:
        paths: which of the step's paths.
        compute: returns their losses (paths,); a path that comes several times has the sum as its loss.
    """

    paths: slice
    compute: Callable[[], Tensor]


class LearnedPaths(NamedTuple):
    """What became of paths.

    Attributes:
        paths: which of the step's.
        losses: theirs.
        gradients: of the losses' sum; ``None`` where a loss is not finite.
    """

    paths: slice
    losses: list[float]
    gradients: Gradients | None


def learn_from(work: PathLosses) -> LearnedPaths:
    """Go forward and backward; no weight is changed, its ``grad`` neither."""
    losses = work.compute()
    finite = bool(losses.isfinite().all())
    return LearnedPaths(work.paths, losses.tolist(), gradients_of(losses.sum()) if finite else None)
