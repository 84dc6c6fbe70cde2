"""One trial of a multi-trial strategy: an architecture trained alone on the plain loop, its fitness remembered."""

import json
from pathlib import Path

import nni
import torch
from nni.nas.evaluator import Evaluator
from torch import nn

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.datasets.prepare import TextData
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.settings import NetworkShape, SearchSettings
from nni_autoattend.strategy.candidates import Candidate
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.training.loop import fit

STAGE = "trial"


class TextTrial(Evaluator):  # type: ignore[misc]  # NNI has no types
    """Trains each network that NNI's engine hands over; a network of the journal is answered from it.

    After a kill the strategy, seeded, walks the same sequence again: finished trials cost nothing, the interrupted one
    continues from its checkpoint.

    Args:
        shape: widths and rates of the networks.
        data: encoded splits; the search half of validation is the fitness.
        search: how a trial is trained.
        context: surroundings.
    """

    def __init__(self, shape: NetworkShape, data: TextData, search: SearchSettings, context: SearchContext) -> None:
        self.shape, self.data, self.search, self.context = shape, data, search, context
        self.candidates: dict[str, Candidate] = {}

    def evaluate(self, model: nn.Module) -> float:
        """Report and return the fitness of a frozen text space."""
        architecture: Architecture = model.encoder.architecture  # type: ignore[union-attr,assignment]
        key = json.dumps(architecture.network_key())
        known = self.context.journal.find(STAGE, key)
        if known is None:
            known = self.context.journal.record(STAGE, key, fitness=self._train(architecture))
        fitness = float(known["fitness"])
        self.candidates.setdefault(key, Candidate(architecture, fitness))
        best = max(candidate.fitness for candidate in self.candidates.values())
        self.context.observer.advance(1, fitness=fitness, best=best)
        nni.report_final_result(fitness)
        return fitness

    def _train(self, architecture: Architecture) -> float:
        search, seed = self.search, self.context.seed
        number = len(self.candidates)
        checkpoint: Path | None = self.context.checkpoints and self.context.checkpoints / f"trial-{number}.pt"
        # Built here and not by NNI: the weights it starts from must not depend on the trials before it.
        torch.manual_seed(seed)
        result = fit(
            TextNetwork(architecture, self.shape, self.data.dimensions),
            TextLoader(self.data.train, search.batch_size, shuffle=True, pool=search.bucket_pool, seed=seed),
            TextLoader(self.data.search, search.batch_size, shuffle=False),
            self.data.metric,
            self.data.dimensions.classes,
            search,
            seed=seed,
            checkpoint=checkpoint,
            checkpoint_minutes=self.context.checkpoint_minutes,
            deadline=self.context.deadline,
        )
        if checkpoint is not None:
            checkpoint.unlink(missing_ok=True)
        return result.best_score
