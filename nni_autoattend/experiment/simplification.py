"""The end of a search on a supernet: what its finalists can do without is taken away.

Ours, after the rule of one standard error (Breiman et al. 1984, "Classification and Regression Trees", 3.4.3): a few
hundred validation nodes do not tell a network from its neighbours, and the one with less in it overfits less. Here the
error is a share of the fitness.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
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
    """Train simpler networks than ``candidates`` alone; of all that do about as well as the best, the simplest wins.

    How simple a network is, ``work_of`` says; of equally simple ones the fittest wins. One finalist after the other,
    the best first, is walked down from: of the networks one step away the simplest are tried first, all that are
    equally simple, and the fittest of them that is at most ``search.tolerance`` (a share) below the best of this walk
    is where the walk goes on. At most ``search.simplifications`` networks are trained in all.

    Args:
        candidates: finalists that were trained alone, the best first.
        settings: of the run; without simplifications nothing changes.
        data: encoded splits.
        context: seed, deadline, journal (what it has is not trained again), observer.

    Returns:
        Finalists and what did as well in their walks: first those at most the tolerance below the best of all, the
        simplest first, then the others, the fittest first.
    """
    most = settings.strategy.search.simplifications
    if not (most and candidates):
        return list(candidates)
    walks = _Walks(candidates, settings, data, context)
    context.observer.start(PHASE, most, deadline=context.deadline)
    for candidate in candidates:
        walks.down_from(candidate)
    context.observer.finish()
    return walks.ranked()


class _Walks:
    """Walks down from finalists: they share what they have tried, and the trainings that are left."""

    def __init__(
        self, finalists: Sequence[Candidate], settings: RunSettings, data: PreparedData, context: SearchContext
    ) -> None:
        self.finalists, self.settings, self.data, self.context = finalists, settings, data, context
        self.tolerance, self.left = settings.strategy.search.tolerance, settings.strategy.search.simplifications
        self.tried: set[object] = {one.architecture.network_key() for one in finalists}
        self.stations: list[Candidate] = []
        """What did as well as what it was made of."""

    def down_from(self, candidate: Candidate) -> None:
        """Walk down from ``candidate`` as far as its fitness goes with it."""
        best = candidate.fitness
        while good := self._step(candidate.architecture, best):
            self.stations += good
            candidate = max(good, key=lambda one: one.fitness)
            best = max(best, candidate.fitness)

    def ranked(self) -> list[Candidate]:
        """Return finalists and stations in their order."""
        every = [*self.finalists, *self.stations]
        least = max(one.fitness for one in every) * (1 - self.tolerance)
        good = [one for one in every if one.fitness >= least]
        others = [one for one in every if one.fitness < least]
        simplest_first = sorted(good, key=lambda one: (work_of(one.architecture), -one.fitness))
        return simplest_first + sorted(others, key=lambda one: -one.fitness)

    def _step(self, large: Architecture, best: float) -> list[Candidate]:
        """Return the simplest networks one step away that are good enough; all are equally simple."""
        for _, equals in groupby(self._untried(large), key=work_of):
            tried = [one for architecture in equals for one in self._try(architecture)]
            if good := [one for one in tried if one.fitness >= best * (1 - self.tolerance)]:
                return good
        return []

    def _try(self, less: Architecture) -> list[Candidate]:
        """Return ``less`` with its fitness; nothing where it diverged, or nothing more is to be trained."""
        if not self.left or self.context.deadline.expired():
            return []
        self.left -= 1
        self.tried.add(less.network_key())
        fitness = fitness_alone(less, STAGE, {}, self.settings, self.data, self.context)
        self.context.observer.advance(1, **({} if fitness is None else {"fitness": fitness}))
        return [] if fitness is None else [Candidate(less, fitness)]

    def _untried(self, large: Architecture) -> list[Architecture]:
        """Return the networks one step away that are simpler and were not tried, the simplest first."""
        steps = simpler(large, self.settings.space.genes)
        untried = (one for one in steps if one.network_key() not in self.tried and work_of(one) < work_of(large))
        return sorted(untried, key=work_of)
