"""The loss of a network that is as sure of itself as it should be.

A network that is trained to be decided (``Consistency``), or for long, grows surer than it is right: its loss rises
while it still learns to classify. One temperature for all logits takes that away and changes no decision (Guo et al.
2017, "On Calibration of Modern Neural Networks", section 4.2), so that what is left tells networks and epochs apart.
"""

import math
from collections.abc import Callable

from torch import Tensor

from nni_autoattend.training.decisions import mean_loss

COLDEST, HOTTEST = 1 / 32, 32.0
"""Temperatures that are tried: between them, the loss of what is all right or all wrong has no least."""
_GOLDEN = (math.sqrt(5) - 1) / 2
_ROUNDS = 24
"""The bracket of the temperature's logarithm then is 7e-5 wide; the loss is flat there."""


def calibrated_loss(logits: Tensor, labels: Tensor) -> float:
    """Return the least mean loss that one temperature for all ``logits`` gives; never more than their own.

    Args:
        logits: (N, K).
        labels: (N,) int64, or (N, K) float where an item may have several.

    Returns:
        A loss; not a number where the logits' own is not.
    """
    exact = logits.double()
    exact_labels = labels.double() if labels.is_floating_point() else labels
    own = mean_loss(exact, exact_labels).item()
    if not math.isfinite(own):
        return own

    def at(logarithm: float) -> float:
        return mean_loss(exact / math.exp(logarithm), exact_labels).item()

    return min(own, _least(at, math.log(COLDEST), math.log(HOTTEST)))


def _least(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the least value between ``low`` and ``high`` of a function with one valley, by golden sections.

    The loss is convex in the inverse temperature, so it has one valley in the temperature's logarithm too.
    """
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(_ROUNDS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return min(at_left, at_right)
