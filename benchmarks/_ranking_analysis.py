"""What the rows say: rank correlations with intervals, their ceilings and controls, and what a top pick costs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, get_args

import numpy as np

from benchmarks._ranking_scores import Judged, Ranker, Scores
from benchmarks._ranking_statistics import (
    Estimate,
    Floats,
    Measure,
    architecture_draws,
    correlate,
    kendall,
    seed_draws,
    spearman,
    top_share,
)
from nni_autoattend.recipes import SharingMode

_PUBLISHED: tuple[str, ...] = ("full", "target", "source", "none")
_HALVINGS = 50
_TOP = (1, 5)
"""Picks whose regret is told: the first, and the mean of the first five."""


def analyse(scores: Scores, order: Sequence[str] = get_args(SharingMode)) -> dict[str, Any]:
    """Return the figures of the result file; modes come in ``order``, those it lacks last, and budgets ascending."""
    place = {mode: number for number, mode in enumerate(order)}
    rankers = sorted(scores.fitness, key=lambda ranker: (place.get(ranker[0], len(order)), ranker))
    return {
        "alone": _alone(scores),
        "ceilings": _ceilings(scores),
        "rankers": [_ranker(ranker, scores) for ranker in rankers],
        "controls": [_parameter_count(scores), _chance(scores)],
        "differences": [_difference(first, second, scores) for first, second in _pairs(rankers)],
    }


def _alone(scores: Scores) -> dict[str, Any]:
    best, alone = scores.best, scores.alone
    several = len(best) > 1
    return {
        "architectures": len(alone),
        "seeds": len(best),
        "mean": float(alone.mean()),
        "best": float(alone.max()),
        "deviation_between_architectures": float(alone.std(ddof=1)),
        "deviation_between_seeds": float(np.sqrt(best.var(axis=0, ddof=1).mean())) if several else None,
    }


def _ranker(ranker: Ranker, scores: Scores) -> dict[str, Any]:
    fitness, counts = scores.fitness[ranker], architecture_draws(len(scores.numbers))
    shares = seed_draws(len(fitness))
    figures: dict[str, Any] = {"mode": ranker[0], "epochs": ranker[1], "seeds": list(scores.fitness_seeds[ranker])}
    for name, measure, judged in _measures(scores):
        figures |= _told(name, Estimate.of(*correlate(measure, judged.fitness[ranker], judged.alone, counts, shares)))
    figures["tau_by_seed"] = [float(kendall(one, scores.alone)[0]) for one in fitness]
    figures["tau_last_epoch"] = float(np.mean([kendall(one, scores.last.mean(axis=0))[0] for one in fitness]))
    figures["tau_between_seeds"] = _mean_tau(list(combinations(fitness, 2)))
    figures["mean_fitness"] = float(fitness.mean())
    return figures | _regrets(fitness, scores.alone)


def _parameter_count(scores: Scores) -> dict[str, Any]:
    counts = architecture_draws(len(scores.numbers))
    figures: dict[str, Any] = {"name": "parameter count"}
    for name, measure, judged in _measures(scores):
        draws = measure(scores.parameters, judged.alone, counts)
        figures |= _told(name, Estimate.of(float(measure(scores.parameters, judged.alone)[0]), draws))
    return figures | _regrets(scores.parameters[None], scores.alone)


def _chance(scores: Scores) -> dict[str, Any]:
    """Return the figures of an order by chance, as expected: ties everywhere."""
    nothing = np.zeros((1, len(scores.numbers)))
    nought = {name: 0.0 for name, *_ in _measures(scores)}
    return {"name": "chance", **nought, **_regrets(nothing, scores.alone)}


def _regrets(fitness: Floats, alone: Floats) -> dict[str, Any]:
    """Return the best score alone minus that of the fittest, mean over supernets, and each supernet's."""
    regrets: dict[str, Any] = {}
    for count in _TOP:
        by_seed = [float(alone.max() - alone @ top_share(one, count)) for one in fitness]
        regrets |= {f"regret_top{count}": float(np.mean(by_seed)), f"regret_top{count}_by_seed": by_seed}
    return regrets


def _pairs(rankers: Sequence[Ranker]) -> list[tuple[Ranker, Ranker]]:
    """Return what is compared at equal budgets: every mode with ``none``, modes of our own also with ``full``."""
    wanted = [("none", mode) for mode in dict.fromkeys(mode for mode, _ in rankers) if mode != "none"]
    wanted += [("full", mode) for mode in dict.fromkeys(mode for mode, _ in rankers) if mode not in _PUBLISHED]
    return [
        ((mode, epochs), (base, epochs))
        for base, mode in wanted
        for known, epochs in rankers
        if known == mode and (base, epochs) in rankers
    ]


def _difference(first: Ranker, second: Ranker, scores: Scores) -> dict[str, Any]:
    """Return tau of ``first`` minus tau of ``second``, both on the same resamples of architectures and seeds.

    Supernets of one seed see the same batches and paths, so that seeds are drawn as pairs.
    """
    known = [scores.fitness_seeds[ranker] for ranker in (first, second)]
    seeds = [seed for seed in known[0] if seed in known[1]]
    figures: dict[str, Any] = {"first": first[0], "second": second[0], "epochs": first[1], "seeds": seeds}
    if not seeds:
        return figures | {"difference": None, "low": None, "high": None, "difference_by_loss": None}
    counts, shares = architecture_draws(len(scores.numbers)), seed_draws(len(seeds))
    places = [[own.index(seed) for seed in seeds] for own in known]
    for name, prefix, judged in (("difference", "", scores.by_score), ("difference_by_loss", None, scores.by_loss)):
        (tau, draws), (other_tau, other_draws) = (
            correlate(kendall, judged.fitness[ranker][own], judged.alone, counts, shares)
            for ranker, own in zip((first, second), places, strict=True)
        )
        figures |= _told(name, Estimate.of(tau - other_tau, draws - other_draws), prefix)
    return figures


def _ceilings(scores: Scores) -> list[dict[str, Any]]:
    """Return how well the stand-alone ranking agrees with itself."""
    told = [_ceiling("halves of the selection items", _item_halves(scores), by_loss=False)]
    if len(scores.best) > 1:
        others = "the mean of the others"
        told += [
            _ceiling(name, _against_others(one, several), by_loss=by_loss)
            for name, one, several, by_loss in (
                (f"one training seed against {others}", scores.best, scores.best, False),
                (f"one training seed, scored as supernets are, against {others}", scores.search, scores.best, False),
                (f"one training seed against {others}", scores.likelihood, scores.likelihood, True),
            )
        ]
    return told


def _against_others(one: Floats, several: Floats) -> list[tuple[Floats, Floats]]:
    """Return, of each seed, what ``one`` (S, N) has of it, and the mean of the other seeds of ``several``."""
    return [(own, np.delete(several, seed, axis=0).mean(axis=0)) for seed, own in enumerate(one)]


def _ceiling(name: str, pairs: Sequence[tuple[Floats, Floats]], *, by_loss: bool) -> dict[str, Any]:
    counts = architecture_draws(len(pairs[0][0]))
    draws: Floats = np.mean([kendall(x, y, counts) for x, y in pairs], axis=0)
    mean = _mean_tau(pairs)
    return {"name": name, "by_loss": by_loss, **_told("tau", Estimate.of(mean or 0.0, draws))}


def _item_halves(scores: Scores) -> list[tuple[Floats, Floats]]:
    """Return the mean scores on the two halves of the items, for many random halvings."""
    random, by_item = np.random.default_rng(0), scores.right.mean(axis=0)
    orders = [random.permutation(by_item.shape[1]) for _ in range(_HALVINGS)]
    half = by_item.shape[1] // 2
    return [(by_item[:, order[:half]].mean(axis=1), by_item[:, order[half:]].mean(axis=1)) for order in orders]


def _mean_tau(pairs: Sequence[tuple[Floats, Floats]]) -> float | None:
    return float(np.mean([kendall(x, y)[0] for x, y in pairs])) if pairs else None


def _told(name: str, estimate: Estimate, prefix: str | None = None) -> dict[str, float]:
    before = f"{name}_" if prefix is None else prefix
    return {name: estimate.value, f"{before}low": estimate.low, f"{before}high": estimate.high}


def _measures(scores: Scores) -> list[tuple[str, Measure, Judged]]:
    """Return every rank correlation that is told: its name, how it is computed, and who judges."""
    return [
        ("tau", kendall, scores.by_score),
        ("rho", spearman, scores.by_score),
        ("tau_by_loss", kendall, scores.by_loss),
    ]
