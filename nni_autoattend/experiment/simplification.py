"""The end of a search on a supernet: what the best finalist can do without is taken away.

Ours, after the rule of one standard error (Breiman et al. 1984, "Classification and Regression Trees", 3.4.3): a few
hundred validation nodes do not tell a network from its neighbours, and the one with less in it overfits less. Here the
step is a share of the fitness, which needs no figures of single nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nni_autoattend.experiment.alone import fitness_alone
from nni_autoattend.simpler import simpler, work_of
from nni_autoattend.strategy.candidates import Candidate

if TYPE_CHECKING:
    from nni_autoattend.architecture import Architecture
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.experiment.run_settings import RunSettings
    from nni_autoattend.strategy.context import SearchContext

STAGE = "simpler"
PHASE = "simplification"


def simplify(
    candidates: Sequence[Candidate], settings: RunSettings, data: PreparedData, context: SearchContext
) -> list[Candidate]:
    """Train smaller networks than the first of ``candidates`` alone, and put those that do as well before it.

    From the smallest that is one step away upwards, at most ``search.simplifications`` of them; one whose fitness is
    at most a share of ``search.tolerance`` below the best takes the place of the larger one, and the steps go on
    from it.

    Args:
        candidates: ranked finalists, the best first.
        settings: of the run; without finalists or simplifications nothing changes.
        data: encoded splits.
        context: seed, deadline, journal (what it has is not trained again), observer.

    Returns:
        The networks that took each other's place, the smallest first, then the other candidates.
    """
    search = settings.strategy.search
    if settings.strategy.kind != "one-shot" or not (search.finalists and search.simplifications and candidates):
        return list(candidates)
    kept, tried = [candidates[0]], set[object]()
    least = candidates[0].fitness * (1 - search.tolerance)
    context.observer.start(PHASE, search.simplifications)
    while len(tried) < search.simplifications and not context.deadline.expired():
        smaller = _next(kept[0].architecture, tried, settings, data)
        if smaller is None:
            break
        tried.add(smaller.network_key())
        fitness = fitness_alone(smaller, STAGE, {}, settings, data, context)
        if fitness is not None and fitness >= least:
            kept.insert(0, Candidate(smaller, fitness))
            least = max(least, fitness * (1 - search.tolerance))
        context.observer.advance(1, **({} if fitness is None else {"fitness": fitness}))
    context.observer.finish()
    known = {candidate.architecture.network_key() for candidate in kept}
    return kept + [one for one in candidates[1:] if one.architecture.network_key() not in known]


def _next(large: Architecture, tried: set[object], settings: RunSettings, data: PreparedData) -> Architecture | None:
    """Return the smallest network one step away that is smaller and was not tried; ``None``: there is none."""
    limit = _size(large, settings, data)
    sizes = {
        one: _size(one, settings, data)
        for one in simpler(large, settings.space.genes)
        if one.network_key() not in tried
    }
    smaller = [one for one, size in sizes.items() if size < limit]
    return min(smaller, key=lambda one: sizes[one], default=None)


def _size(architecture: Architecture, settings: RunSettings, data: PreparedData) -> tuple[int, ...]:
    from nni_autoattend.network.by_modality import build_network
    from nni_autoattend.network.text import count_parameters

    network = build_network(architecture, settings.space.search, data.dimensions)
    return (count_parameters(network), *work_of(architecture))
