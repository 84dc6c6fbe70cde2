"""One trial of a multi-trial strategy: an architecture trained alone on the plain loop, its fitness remembered."""

import json
from typing import Any

import nni
from nni.nas.evaluator import Evaluator
from torch import nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.by_modality import PreparedData
from nni_autoattend.errors import DivergedError
from nni_autoattend.settings import NetworkShape, SearchSettings
from nni_autoattend.strategy.candidates import Candidate
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.stand_alone import train_alone
from nni_autoattend.training.fitness import fitness_of

STAGE = "trial"


class StandAloneTrial(Evaluator):  # type: ignore[misc]  # NNI has no types
    """Trains each network that NNI's engine hands over; a network of the journal is answered from it.

    After a kill the strategy, seeded, walks the same sequence again: finished trials cost nothing, the interrupted one
    continues from its checkpoint. A trial that diverged is in the journal too, with the reason and without a fitness.

    Args:
        shape: widths and rates of the networks.
        data: encoded splits; the search half of validation is the fitness.
        search: how a trial is trained.
        context: surroundings.
    """

    def __init__(self, shape: NetworkShape, data: PreparedData, search: SearchSettings, context: SearchContext) -> None:
        self.shape, self.data, self.search, self.context = shape, data, search, context
        self._finished: dict[str, Candidate | None] = {}

    def evaluate(self, model: nn.Module) -> float:
        """Report and return the fitness of a frozen space.

        Raises:
            DivergedError: training gave no finite losses, now or before the kill.
        """
        architecture: Architecture = model.encoder.architecture  # type: ignore[union-attr,assignment]
        key = json.dumps(architecture.network_key())
        known = self.context.journal.find(STAGE, key) or self._record(key, architecture)
        fitness: float | None = known.get("fitness")
        self._finished.setdefault(key, None if fitness is None else Candidate(architecture, fitness))
        if fitness is None:
            self.context.observer.advance(1)
            self.context.observer.say(f"a trial failed: {known['failed']}")
            raise DivergedError(known["failed"])
        best = max(candidate.fitness for candidate in self.candidates)
        self.context.observer.advance(1, fitness=fitness, best=best)
        nni.report_final_result(fitness)
        return fitness

    @property
    def candidates(self) -> list[Candidate]:
        """What was trained so far, each network once, in the order of the trials; failed trials left out."""
        return [candidate for candidate in self._finished.values() if candidate is not None]

    def _record(self, key: str, architecture: Architecture) -> dict[str, Any]:
        search, name = self.search, f"trial-{len(self._finished)}"
        outcome: dict[str, Any]
        try:
            result = train_alone(architecture, self.shape, self.data, search, self.context, name)
            outcome = {"fitness": fitness_of(result.best_score, result.best_loss, search.best)}
        except DivergedError:
            outcome = {"failed": f"no finite losses; try a smaller strategy.search.lr than {search.lr:g}"}
        return self.context.journal.record(STAGE, key, **outcome)
