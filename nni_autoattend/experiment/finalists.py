"""The last round of a search on a supernet: its fittest architectures are trained alone, and put in a new order.

Inherited weights rank architectures roughly (``benchmarks/ranking.py``); where a training takes seconds, as on a small
graph, it is the better judge of the few that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nni_autoattend.experiment.alone import fitness_alone

if TYPE_CHECKING:
    from nni_autoattend.architecture import Architecture
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.experiment.run_settings import RunSettings
    from nni_autoattend.recipes import StrategyRecipe
    from nni_autoattend.strategy.candidates import Candidate
    from nni_autoattend.strategy.context import SearchContext

STAGE = "finalist"
PHASE = "finalists"


def rank_finalists(
    candidates: Sequence[Candidate], settings: RunSettings, data: PreparedData, context: SearchContext
) -> tuple[list[Candidate], list[Candidate]]:
    """Train ``search.finalists`` of a supernet's ``candidates`` alone, as retraining does.

    The search half of validation judges them, by what ``search.best`` says; that is their fitness from then on.

    Args:
        candidates: distinct networks, the fittest on the supernet first.
        settings: of the run; without finalists, or where trials are trained alone anyway, none is trained.
        data: encoded splits.
        context: seed, deadline, journal (what it has is not trained again), observer.

    Returns:
        Those that were trained, the best first; then, in their old order, those that diverged, that there was no time
        for, or that nobody asked for.
    """
    if not trains_finalists(settings.strategy):
        return [], list(candidates)
    finalists = choose_finalists(candidates, settings.strategy.search.finalists)
    ranked: dict[int, Candidate] = {}
    context.observer.start(PHASE, len(finalists), deadline=context.deadline)
    for number, candidate in enumerate(finalists):
        if context.deadline.expired():
            break
        before = {"supernet": candidate.fitness}
        fitness = fitness_alone(candidate.architecture, STAGE, before, settings, data, context)
        if fitness is not None:
            ranked[number] = replace(candidate, fitness=fitness)
        context.observer.advance(1, **({} if fitness is None else {"fitness": fitness}))
    context.observer.finish()
    if context.deadline.expired() and len(ranked) < len(finalists):
        came = f"the time was up when {len(ranked)} of {len(finalists)} finalists had come to a score"
        context.notes.append(f"{came}; the supernet ranks the others")
    best_first = sorted(ranked.values(), key=lambda candidate: -candidate.fitness)
    return best_first, [candidate for number, candidate in enumerate(finalists) if number not in ranked]


def trains_finalists(strategy: StrategyRecipe) -> bool:
    """Tell whether a search ends with finalists: a multi-trial strategy trains every architecture alone anyway."""
    return strategy.kind == "one-shot" and strategy.search.finalists > 0


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
