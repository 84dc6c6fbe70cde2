"""Timing the reference path and the fast path in turns, so that a drift of the machine meets both alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from typing import Any, NamedTuple

REFERENCE, FAST = "reference", "fast"


class Timed(NamedTuple):
    """One thing to time.

    Attributes:
        units: what a call does, in units of the row (paths, steps, architectures).
        work: the call.
        weight: how much a round counts in the mean.
        reset: called before, untimed.
    """

    units: float
    work: Callable[[], object]
    weight: float = 1.0
    reset: Callable[[], object] = lambda: None


Variants = Mapping[str, Timed]
"""What a round times, by name."""


def time_rounds(rounds: Sequence[Callable[[], Variants]]) -> dict[str, dict[str, list[float]]]:
    """Time all variants of each round, every other round in reverse order.

    Args:
        rounds: each makes the variants of one round; making them is not timed.

    Returns:
        Variant -> per unit ``seconds`` and ``cpu_seconds`` (all threads), and ``weights``, a number for each round that
        had the variant.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for number, make in enumerate(rounds):
        variants = make()
        for name in variants:
            found.setdefault(name, {"seconds": [], "cpu_seconds": [], "weights": []})
        for name, timed in list(variants.items())[:: -1 if number % 2 else 1]:
            timed.reset()
            started, cpu_started = time.perf_counter(), time.process_time()
            timed.work()
            found[name]["seconds"].append((time.perf_counter() - started) / timed.units)
            found[name]["cpu_seconds"].append((time.process_time() - cpu_started) / timed.units)
            found[name]["weights"].append(timed.weight)
    return found


def summary(timings: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, dict[str, Any]]:
    """Return for each variant its weighted mean, median, least and largest seconds per unit, and all of them.

    Processor time well below the wall clock, on one thread, tells of a machine that was busy with other work.
    """
    return {
        name: {
            "mean": weighted_mean(own["seconds"], own["weights"]),
            "cpu_mean": weighted_mean(own["cpu_seconds"], own["weights"]),
            "median": median(own["seconds"]),
            "min": min(own["seconds"]),
            "max": max(own["seconds"]),
            **own,
        }
        for name, own in timings.items()
    }


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return the weighted mean."""
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def ratios(base: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, float]:
    """Return how many times longer ``base`` took than ``other``: of the means, and median, least, largest of rounds."""
    found = {"of_means": base["mean"] / other["mean"]}
    if len(base["seconds"]) == len(other["seconds"]):
        each = [slow / quick for slow, quick in zip(base["seconds"], other["seconds"], strict=True)]
        found |= {"median": median(each), "min": min(each), "max": max(each), "mean": fmean(each)}
    return found
