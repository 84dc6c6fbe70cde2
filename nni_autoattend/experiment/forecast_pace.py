"""From some timed steps to the mean step of an epoch: the arithmetic of a forecast, which measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

STILL = 1e-12
"""Learning rate of timed steps: they cost what others do, and no rate that is too large spoils them."""


@dataclass(frozen=True)
class Timed:
    """One timed step: the tokens of its batch and its seconds."""

    tokens: int
    seconds: float


def mean_step(timed: Sequence[Timed], epoch: Sequence[int]) -> float:
    """Return the mean seconds of a step over batches with the tokens ``epoch``.

    A step costs ``a + b * tokens`` with neither negative: least squares over the timed steps. Steps on batches of one
    size alone say nothing of ``a``, so that all of their cost is then taken to grow with the tokens.

    Args:
        timed: at least one.
        epoch: tokens of the batches of an epoch, or of a fair sample of them; not empty.
    """
    fixed, per_token = _line(timed)
    return float(np.mean([fixed + per_token * tokens for tokens in epoch]))


def _line(timed: Sequence[Timed]) -> tuple[float, float]:
    tokens = np.array([step.tokens for step in timed], dtype=float)
    seconds = np.array([step.seconds for step in timed], dtype=float)
    spread = tokens - tokens.mean()
    if not spread.any():
        return 0.0, float(seconds.mean() / tokens.mean())
    slope = float((spread * seconds).sum() / (spread**2).sum())
    if slope <= 0:
        return float(seconds.mean()), 0.0
    fixed = float(seconds.mean() - slope * tokens.mean())
    return (fixed, slope) if fixed >= 0 else (0.0, float(seconds.mean() / tokens.mean()))
