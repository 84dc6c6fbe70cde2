"""What the speed benchmark measures on the supernet: paths by length, an epoch's mean, steps, their last part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from benchmarks._speed_batches import LENGTH_CLASSES, Batch, EpochSample, class_batches, sample_epoch
from benchmarks._speed_clock import FAST, REFERENCE, Timed, Variants, ratios, summary, time_rounds
from benchmarks._speed_ground import Ground
from benchmarks._speed_supernet import SpeedSupernet
from nni_autoattend.genes import Sample

_MOST_TOGETHER = 20_000
"""Tokens times paths that are tried at once: at 24 layers and width 64 they take some 2.5 GiB."""
POOLS = (0, 10, 50)


def measure_lengths(ground: Ground, length_class: str) -> dict[str, Any]:
    """Measure seconds per path, forward and backward, on random batches of one length class."""
    low, high = LENGTH_CLASSES[length_class]
    batches = class_batches(ground.texts.phrases, low, high, ground.batch_size, seed=0)
    rounds = [lambda: _length_variants(ground, next(batches))] * ground.sizes.rounds
    timings = summary(time_rounds(rounds))
    return {"unit": "path", "timings": timings, "ratios": against(timings, REFERENCE)}


def _length_variants(ground: Ground, batch: Batch) -> Variants:
    """The paths of a step on the fast path; some of them on the reference path, and one by one and two by two."""
    net, samples = ground.net, ground.net.draw(ground.paths)
    few = samples[: ground.sizes.reference_paths]
    groups: dict[str, list[list[Sample]]] = {"1": _by(1, few), "2": _by(2, few)}
    if batch.text.layout.tokens * len(samples) <= _MOST_TOGETHER:
        groups[str(len(samples))] = [samples]
    return {
        REFERENCE: Timed(len(few), partial(net.reference_pass, batch, few), reset=net.forget_gradients),
        **{
            name: Timed(sum(map(len, group)), partial(_together, net, batch, group), reset=net.forget_gradients)
            for name, group in groups.items()
        },
        FAST: Timed(len(samples), partial(net.fast_pass, batch, samples), reset=net.forget_gradients),
    }


def measure_epoch(ground: Ground) -> dict[str, Any]:
    """Measure seconds per path, forward and backward, as means over an epoch of phrases with each pool."""
    net, sizes = ground.net, ground.sizes
    samples = {pool: _sampled(ground, pool, sizes.strata) for pool in POOLS}

    def variants(pool: int, batch: Batch) -> Variants:
        drawn = net.draw(ground.paths)
        few = drawn[: sizes.reference_paths if pool else max(1, sizes.reference_paths // 2)]
        fast = Timed(len(drawn), partial(net.fast_pass, batch, drawn), batch.weight, net.forget_gradients)
        slow = Timed(len(few), partial(net.reference_pass, batch, few), batch.weight, net.forget_gradients)
        return {f"{FAST}, pool {pool}": fast} | ({} if pool == 10 else {f"{REFERENCE}, pool {pool}": slow})

    return by_pools("path", samples, variants)


def measure_steps(ground: Ground) -> dict[str, Any]:
    """Measure seconds per step, optimiser included, on bucketed and on random batches of phrases."""
    net, sizes = ground.net, ground.sizes
    samples = {pool: _sampled(ground, pool, count) for pool, count in ((0, sizes.random_steps), (50, sizes.steps))}

    def variants(pool: int, batch: Batch) -> Variants:
        drawn = net.draw(ground.paths)
        steps = {REFERENCE: net.reference_step, FAST: net.fast_step}
        return {
            f"{name}, pool {pool}": Timed(1, partial(step, batch, drawn), batch.weight) for name, step in steps.items()
        }

    return {**by_pools("step", samples, variants), "paths": ground.paths}


def measure_updates(ground: Ground) -> dict[str, Any]:
    """Measure what ends a step: clipping and Adam, once gradients of all its paths are there."""
    net = ground.net
    (batch, *_) = _sampled(ground, 50, 1).batches

    def gradients() -> None:
        net.forget_gradients()
        net.fast_pass(batch, net.draw(ground.paths))

    updates = {REFERENCE: net.reference_update, FAST: net.fast_update}
    rounds = [lambda: {name: Timed(1, update, reset=gradients) for name, update in updates.items()}]
    timings = summary(time_rounds(rounds * ground.sizes.updates))
    return {"unit": "step", "timings": timings, "ratios": against(timings, REFERENCE)}


def by_pools(
    unit: str, samples: Mapping[int, EpochSample], variants: Callable[[int, Batch], Variants]
) -> dict[str, Any]:
    """Time the samples of all pools side by side; every other round begins with the last pool's."""
    rounds: list[Callable[[], Variants]] = []
    for number in range(max(len(sample.batches) for sample in samples.values())):
        here = {pool: sample.batches[number] for pool, sample in samples.items() if number < len(sample.batches)}
        rounds.append(partial(_joined, here, variants))
    timings = summary(time_rounds(rounds))
    return {
        "unit": unit,
        "timings": timings,
        "ratios": {key: own for pool in (0, 50) for key, own in against(timings, f"{REFERENCE}, pool {pool}").items()},
        "epochs": [
            {"pool": pool, "batches": sample.in_epoch, "mean_padded_length": sample.padded_length}
            for pool, sample in samples.items()
        ],
    }


def _joined(batches: Mapping[int, Batch], variants: Callable[[int, Batch], Variants]) -> Variants:
    return {name: timed for pool, batch in batches.items() for name, timed in variants(pool, batch).items()}


def against(timings: Mapping[str, Mapping[str, Any]], base: str) -> dict[str, dict[str, float]]:
    """Return the ratios of all fast variants to ``base``."""
    fast = {name: own for name, own in timings.items() if not name.startswith(REFERENCE)}
    return {f"{base} / {name}": ratios(timings[base], own) for name, own in fast.items()}


def _sampled(ground: Ground, pool: int, strata: int) -> EpochSample:
    return sample_epoch(ground.texts.phrases, ground.batch_size, pool, strata, seed=0)


def _together(net: SpeedSupernet, batch: Batch, groups: list[list[Sample]]) -> None:
    for group in groups:
        net.fast_pass_together(batch, group)


def _by(size: int, samples: list[Sample]) -> list[list[Sample]]:
    return [samples[start : start + size] for start in range(0, len(samples), size)]
