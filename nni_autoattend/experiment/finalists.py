"""The last round of a search on a supernet: its fittest architectures are trained alone, and put in a new order.

Inherited weights rank architectures roughly (``benchmarks/ranking.py``); where a training takes seconds, as on a small
graph, it is the better judge of the few that are left.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.retrained_shape import retrained_shape

if TYPE_CHECKING:
    from nni_autoattend.architecture import Architecture
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.experiment.run_settings import RunSettings
    from nni_autoattend.strategy.candidates import Candidate
    from nni_autoattend.strategy.context import SearchContext

STAGE = "finalist"
PHASE = "finalists"


def search_candidates(settings: RunSettings, data: PreparedData, context: SearchContext) -> list[Candidate]:
    """Search as ``settings`` say, finalists included; return candidates of distinct networks, the best first.

    Raises:
        AutoAttendError: see ``search_architectures``.
    """
    from nni_autoattend.strategy.search import search_architectures

    found = search_architectures(settings.space, settings.strategy, data, context)
    return rank_finalists(found, settings, data, context)


def rank_finalists(
    candidates: Sequence[Candidate], settings: RunSettings, data: PreparedData, context: SearchContext
) -> list[Candidate]:
    """Train ``search.finalists`` of a supernet's ``candidates`` alone, as retraining does; return them, the best first.

    The search half of validation judges them, by what ``retrain.best`` says; that is their fitness from then on.
    Behind them, in their old order, stand those that diverged or that there was no time for.

    Args:
        candidates: distinct networks, the fittest on the supernet first.
        settings: of the run; without finalists, or where trials are trained alone anyway, nothing changes.
        data: encoded splits.
        context: seed, deadline, journal (what it has is not trained again), observer.
    """
    if settings.strategy.kind != "one-shot" or settings.strategy.search.finalists == 0:
        return list(candidates)
    finalists = choose_finalists(candidates, settings.strategy.search.finalists)
    ranked: dict[int, Candidate] = {}
    context.observer.start(PHASE, len(finalists))
    for number, candidate in enumerate(finalists):
        if context.deadline.expired():
            left = f"the time was up after {number} of {len(finalists)} finalists"
            context.notes.append(f"{left}; the supernet ranks the others")
            break
        fitness = _fitness(candidate, number, settings, data, context)
        if fitness is not None:
            ranked[number] = replace(candidate, fitness=fitness)
        context.observer.advance(1, **({} if fitness is None else {"fitness": fitness}))
    context.observer.finish()
    best_first = sorted(ranked.values(), key=lambda candidate: -candidate.fitness)
    return best_first + [candidate for number, candidate in enumerate(finalists) if number not in ranked]


def choose_finalists(candidates: Sequence[Candidate], count: int) -> list[Candidate]:
    """Return ``count`` candidates: the fittest that are no relatives of each other, then the fittest of the rest.

    A mutant is nearly as fit as its parent, so that the fittest alone would be one family. Relatives have at least half
    of their layers in common.
    """
    heads: list[Candidate] = []
    rest: list[Candidate] = []
    for candidate in candidates:
        alone = not any(_related(candidate.architecture, head.architecture) for head in heads)
        (heads if alone and len(heads) < count else rest).append(candidate)
    return [*heads, *rest][:count]


def _related(first: Architecture, second: Architecture) -> bool:
    common = sum(one == other for one, other in zip(first.network_key(), second.network_key(), strict=True))
    return 2 * common >= len(first.layers)


def _fitness(
    candidate: Candidate, number: int, settings: RunSettings, data: PreparedData, context: SearchContext
) -> float | None:
    """Return what a finalist comes to; ``None``: its losses were not finite, or the time was up before its end."""
    key = json.dumps(candidate.architecture.network_key())
    record = context.journal.find(STAGE, key)
    if record is None:
        outcome = _trained(candidate, number, settings, data, context)
        if outcome is None:
            return None
        before = {"supernet": candidate.fitness, "architecture": candidate.architecture.to_json()}
        record = context.journal.record(STAGE, key, **before, **outcome)
    fitness: float | None = record.get("fitness")
    return fitness


def _trained(
    candidate: Candidate, number: int, settings: RunSettings, data: PreparedData, context: SearchContext
) -> dict[str, Any] | None:
    """Return the journal's values of a finished training; ``None``: the time was up before its end."""
    from nni_autoattend.strategy.stand_alone import train_alone
    from nni_autoattend.training.fitness import fitness_of

    shape, training = retrained_shape(settings.space.search, settings.retrain), settings.retrain.training()
    try:
        result = train_alone(candidate.architecture, shape, data, training, context, f"{STAGE}-{number}")
    except DivergedError as error:
        return {"failed": str(error)}
    if result.stopped_early:
        return None
    fitness = fitness_of(result.best_score, result.best_loss, training.best)
    return {"fitness": fitness, "score": result.best_score, "loss": result.best_loss}
