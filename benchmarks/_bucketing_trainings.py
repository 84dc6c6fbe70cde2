"""The trainings of the bucketing benchmark: architectures x seeds x pools, each done once, whatever kills a process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from nni_autoattend.architecture import Architecture
from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import Variant, draw, stand_alone
from nni_autoattend.experiment.training_run import STAGE, Trained, train_once, training_key
from nni_autoattend.published import SST5

if TYPE_CHECKING:
    from torch import Tensor

    from nni_autoattend.datasets.batches import TextInput
    from nni_autoattend.training.step import AdamStep

    TextBatch = tuple[TextInput, Tensor]

_STEPS = 4


@dataclass(frozen=True)
class Training:
    """One training of the benchmark.

    Attributes:
        architecture: its name, of ``architectures``.
        pool: batches in a pool.
        variant: what ``train_once`` trains.
    """

    architecture: str
    pool: int
    variant: Variant

    @property
    def key(self) -> str:
        """Its key in the journal."""
        return training_key(self.architecture, self.variant.label, self.variant.seed)


def architectures(bench: Bench, drawn: int) -> dict[str, Architecture]:
    """Return what is trained: the first layers of the published SST-5 architecture, and uniform draws of the space."""
    genes = bench.settings.space.genes
    found = {f"published-first-{genes.layers}": genes.from_published(SST5[: genes.layers])}
    return found | {f"random-{number}": one for number, one in enumerate(draw(genes, drawn, 0), start=1)}


def trainings(bench: Bench, chosen: dict[str, Architecture], pools: Sequence[int], seeds: int) -> list[Training]:
    """Return all trainings in their order: the pools of one comparison side by side, so that they share the weather."""
    plain = bench.settings.retrain.training()
    return [
        Training(
            name,
            pool,
            Variant(f"pool-{pool}", seed, replace(plain, bucket_pool=pool), partial(stand_alone, architecture, bench)),
        )
        for seed in range(seeds)
        for name, architecture in chosen.items()
        for pool in pools
    ]


def train(training: Training, bench: Bench) -> dict[str, Any]:
    """Train, or read what an earlier process trained, and return its row; the test split is not touched."""
    trained = train_once(training.architecture, training.variant, bench, Deadline())
    epochs = max(1, trained.epochs_done)
    return {
        "architecture": training.architecture,
        "pool": training.pool,
        "seed": trained.seed,
        "score": trained.score,
        "last_score": _last_score(trained, bench),
        "best_epoch": trained.best_epoch,
        "epochs": trained.epochs_done,
        "seconds_per_epoch": trained.seconds / epochs,
        "cpu_seconds_per_epoch": trained.cpu_seconds / epochs,
    }


def remaining_seconds(planned: Sequence[Training], bench: Bench) -> float:
    """Return how long the trainings that are not done will take here: a few real steps of each kind, multiplied."""
    left = [training for training in planned if bench.journal.find(STAGE, training.key) is None]
    steps = {(training.architecture, training.pool): training for training in left}
    seconds = {kind: _epoch_seconds(training.variant, bench) for kind, training in steps.items()}
    return sum(training.variant.training.epochs * seconds[training.architecture, training.pool] for training in left)


def _epoch_seconds(variant: Variant, bench: Bench) -> float:
    """Time steps on batches that stand for an epoch: of short, middling and long texts."""
    import torch

    from nni_autoattend.datasets.by_modality import training_loader
    from nni_autoattend.training.step import AdamStep

    training = variant.training
    loader = training_loader(bench.data.train, training, 0)
    batches = sorted(loader.start_at(0), key=lambda batch: batch[0].tokens.shape[1])
    torch.manual_seed(0)
    step = AdamStep(variant.build().train(), training)
    step.take(*batches[0])  # the first one allocates
    timed = list(_evenly(len(batches)))
    return sum(_step_seconds(step, batches[number]) for number in timed) / len(timed) * len(batches)


def _step_seconds(step: AdamStep, batch: TextBatch) -> float:
    """Return the shorter of two readings: what else the machine does now and then is no part of a step."""
    readings = []
    for _ in range(2):
        started = time.monotonic()
        step.take(*batch)
        readings.append(time.monotonic() - started)
    return min(readings)


def _evenly(count: int) -> Iterator[int]:
    """Yield positions in the middle of equal parts of ``range(count)``."""
    parts = min(_STEPS, count)
    yield from ((2 * part + 1) * count // (2 * parts) for part in range(parts))


def _last_score(trained: Trained, bench: Bench) -> float | None:
    """Return the score of the last epoch: unlike the best one's, nothing was picked by it."""
    scores = [row["score"] for row in bench.history.rows if row["phase"] == f"{STAGE} {trained.key}"]
    return float(scores[-1]) if scores and scores[-1] not in (None, "") else None
