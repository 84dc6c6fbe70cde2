"""The end of a search on a supernet: what its finalists can do without is taken away.

Ours, after the rule of one standard error (Breiman et al. 1984, "Classification and Regression Trees", 3.4.3): a few
hundred validation nodes do not tell a network from its neighbours, and the one with less in it overfits less. Here the
error is a share of the fitness.
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
    """Train smaller networks than ``candidates`` alone; of all that do about as well as the best, the smallest wins.

    One finalist after the other, the best first, is walked down from: of the networks one step away the smallest is
    tried first, and the first one that is at most ``search.tolerance`` (a share) below the best of this walk is where
    the walk goes on. At most ``search.simplifications`` networks are trained in all.

    Args:
        candidates: finalists that were trained alone, the best first.
        settings: of the run; without simplifications nothing changes.
        data: encoded splits.
        context: seed, deadline, journal (what it has is not trained again), observer.

    Returns:
        Finalists and what their walks went over: first those at most the tolerance below the best of all, the smallest
        first, then the others, the fittest first.
    """
    most = settings.strategy.search.simplifications
    if not (most and candidates):
        return list(candidates)
    walks = _Walks(candidates, settings, data, context)
    context.observer.start(PHASE, most)
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
        """What the walks went over."""

    def down_from(self, candidate: Candidate) -> None:
        """Walk down from ``candidate`` as far as its fitness goes with it."""
        steps, best = self._steps(candidate.architecture), candidate.fitness
        while steps and self.left and not self.context.deadline.expired():
            smaller = steps.pop(0)
            fitness = self._try(smaller)
            if fitness is not None and fitness >= best * (1 - self.tolerance):
                self.stations.append(Candidate(smaller, fitness))
                steps, best = self._steps(smaller), max(best, fitness)

    def ranked(self) -> list[Candidate]:
        """Return finalists and stations in their order."""
        every = [*self.finalists, *self.stations]
        least = max(one.fitness for one in every) * (1 - self.tolerance)
        good = [one for one in every if one.fitness >= least]
        others = [one for one in every if one.fitness < least]
        return sorted(good, key=lambda one: self._size(one.architecture)) + sorted(others, key=lambda one: -one.fitness)

    def _try(self, smaller: Architecture) -> float | None:
        self.left -= 1
        self.tried.add(smaller.network_key())
        fitness = fitness_alone(smaller, STAGE, {}, self.settings, self.data, self.context)
        self.context.observer.advance(1, **({} if fitness is None else {"fitness": fitness}))
        return fitness

    def _steps(self, large: Architecture) -> list[Architecture]:
        """Return the networks one step away that are smaller and were not tried, the smallest first."""
        untried = [one for one in simpler(large, self.settings.space.genes) if one.network_key() not in self.tried]
        sizes, limit = {one: self._size(one) for one in untried}, self._size(large)
        return sorted((one for one in untried if sizes[one] < limit), key=lambda one: sizes[one])

    def _size(self, architecture: Architecture) -> tuple[int, ...]:
        """Return the number of weights, and of what is left to do less of."""
        from nni_autoattend.network.by_modality import build_network
        from nni_autoattend.network.text import count_parameters

        network = build_network(architecture, self.settings.space.search, self.data.dimensions)
        return (count_parameters(network), *work_of(architecture))
