"""How long the speed benchmark will take, from one timing and what its parts cost on the machine it was written on."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks._speed_batches import LENGTH_CLASSES, class_batches
from benchmarks._speed_ground import Ground

_REFERENCE = {"1": 0.06, "2-4": 0.15, "5-15": 0.4, "16+": 1.4}
_FAST = {"1": 0.015, "2-4": 0.04, "5-15": 0.1, "16+": 0.35}
"""Seconds per path by length, of the reference path and of the fast path."""
_PROBED = "5-15"


def estimate(names: Sequence[str], ground: Ground) -> float:
    """Return the seconds that the rows ``names`` take, scaled by how long a reference path takes just now."""
    low, high = LENGTH_CLASSES[_PROBED]
    batch = next(class_batches(ground.texts.phrases, low, high, ground.batch_size, seed=0))
    samples = ground.net.draw(2)
    started = time.perf_counter()
    ground.net.reference_pass(batch, samples)
    scale = (time.perf_counter() - started) / len(samples) / _REFERENCE[_PROBED]
    ground.net.forget_gradients()
    return scale * sum(_seconds(name, ground) for name in names)


def _seconds(name: str, ground: Ground) -> float:
    sizes, paths, few = ground.sizes, ground.paths, ground.sizes.reference_paths
    if name.startswith("length "):
        slow, fast = (costs[name.removeprefix("length ")] for costs in (_REFERENCE, _FAST))
        return sizes.rounds * (few * (slow + 2 * fast) + 2 * paths * fast)
    retraining = 2 * sizes.retrain_steps * (1.8 + 0.5)
    bucketed, random = paths * (0.2 + 0.1), paths * (1.0 + 0.35)
    seconds = {
        "epoch": sizes.strata * (few / 2 * 1.0 + few * 0.2 + paths * (0.35 + 0.12 + 0.1)),
        "steps": sizes.steps * bucketed + sizes.random_steps * random,
        "updates": 2 * sizes.updates * paths * 0.06,
        "evaluation": sizes.evaluations * (3.2 + 4 * 0.5 + 4 * 0.4),
        "retraining": retraining,
        "memory": 100 + (sizes.memory_steps + 4) * bucketed,
    }
    return seconds[name]
