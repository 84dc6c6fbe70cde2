"""The stand-alone part of the ranking benchmark: every architecture trained alone, from scratch, once per seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._ranking_protocol import Ground, Part, Protocol, commit, now
from nni_autoattend.architecture import Architecture
from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DivergedError
from nni_autoattend.progress import Observer

if TYPE_CHECKING:
    from torch import nn

    from nni_autoattend.datasets.loader import Loader
    from nni_autoattend.datasets.loader import Part as Items
    from nni_autoattend.training.loop import FitResult

STAGE = "standalone"


@dataclass(frozen=True)
class Training:
    """One architecture, its number among the drawn ones, and one seed."""

    number: int
    architecture: Architecture
    seed: int

    @property
    def key(self) -> str:
        """Return the key of its row."""
        return f"{self.number}/seed{self.seed}"


def missing_trainings(protocol: Protocol, ground: Ground, part: Part) -> list[Training]:
    """Return the trainings that have no row: all architectures with seed 0, then all with seed 1, and so on."""
    return [one for one in _plan(protocol, ground) if part.rows.find(STAGE, one.key) is None]


def measure_standalone(protocol: Protocol, ground: Ground, part: Part, observer: Observer) -> Iterator[None]:
    """Train what is missing; yield after every tenth training, and at the end."""
    missing = missing_trainings(protocol, ground, part)
    total = len(ground.architectures) * protocol.seeds
    observer.start("stand-alone trainings", total, total - len(missing))
    for number, training in enumerate(missing, start=1):
        row = _train(training, protocol, ground)
        part.rows.record(STAGE, training.key, **row)
        observer.advance(1, **({"score": max(row["scores"])} if row["scores"] else {}))
        if number % 10 == 0 or number == len(missing):
            yield
    observer.finish()


def answers(row: Mapping[str, Any], half: str, items: int) -> NDArray[np.bool_]:
    """Return (epochs, items) of a row: which items of ``half`` (selection, search) each epoch's weights got right."""
    return np.stack([unpacked(text, items) for text in row[f"{half}_right"]])


def packed(right: NDArray[np.bool_]) -> str:
    """Return (items,) truth values as hexadecimal digits."""
    return np.packbits(right).tobytes().hex()


def unpacked(text: str, items: int) -> NDArray[np.bool_]:
    """Return what ``packed`` was given."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8), count=items).astype(np.bool_)


def _plan(protocol: Protocol, ground: Ground) -> Iterator[Training]:
    for seed in range(protocol.seeds):
        for number, architecture in enumerate(ground.architectures):
            yield Training(number, architecture, seed)


def _train(item: Training, protocol: Protocol, ground: Ground) -> dict[str, Any]:
    """Train one architecture and return its row; one that diverges has a row without scores."""
    import torch

    from nni_autoattend.datasets.by_modality import scoring_loader, training_loader
    from nni_autoattend.network.by_modality import build_network
    from nni_autoattend.network.text import count_parameters
    from nni_autoattend.training.loop import fit

    training, data = protocol.training, ground.data
    torch.manual_seed(item.seed)
    network = build_network(item.architecture, protocol.shape_alone(), data.dimensions)
    loaders = {half: scoring_loader(items, training.batch_size) for half, items in _halves(ground).items()}
    epochs = _Epochs(network, loaders)
    row: dict[str, Any] = {"architecture": item.number, "seed": item.seed, "parameters": count_parameters(network)}
    try:
        result = fit(
            network,
            training_loader(data.train, training, item.seed),
            loaders["selection"],
            data.metric,
            data.dimensions.classes,
            training,
            seed=item.seed,
            observer=epochs,
        )
    except DivergedError:
        row |= {"scores": [], "seconds": None, "cpu_seconds": None}
        row |= {f"{half}_{name}": [] for half in loaders for name in ("right", "loss")}
    else:
        epochs.check(result)
        row |= epochs.figures() | {"seconds": result.seconds, "cpu_seconds": result.cpu_seconds}
    return row | {"commit": commit(), "finished": now()}


@dataclass
class _Epochs:
    """An observer of one training: after every epoch it notes which items the network gets right, and its loss."""

    network: nn.Module
    loaders: dict[str, Loader]
    right: dict[str, list[NDArray[np.bool_]]] = field(default_factory=lambda: {"selection": [], "search": []})
    loss: dict[str, list[float]] = field(default_factory=lambda: {"selection": [], "search": []})

    def scores(self) -> list[float]:
        return [float(right.mean()) for right in self.right["selection"]]

    def figures(self) -> dict[str, Any]:
        right = {f"{half}_right": [packed(one) for one in rows] for half, rows in self.right.items()}
        return {"scores": self.scores(), **right, **{f"{half}_loss": losses for half, losses in self.loss.items()}}

    def check(self, result: FitResult) -> None:
        """Make sure that every epoch was told while its weights were in place; rounding may turn an answer or two."""
        scores, items = self.scores(), len(self.right["selection"][0])
        if len(scores) != result.epochs_done or abs(scores[result.best_epoch - 1] - result.best_score) * items > 2.5:
            raise AssertionError("the training loop no longer tells an epoch's score with that epoch's weights")

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        pass

    def advance(self, steps: int = 1, **figures: float) -> None:
        if "score" in figures:
            for half, loader in self.loaders.items():
                right, loss = right_answers(self.network, loader)
                self.right[half].append(right)
                self.loss[half].append(loss)

    def finish(self) -> None:
        pass

    def say(self, text: str) -> None:
        pass


def right_answers(network: nn.Module, loader: Loader) -> tuple[NDArray[np.bool_], float]:
    """Return, of each item in the data's own order, whether the most likely class is its own; and its loss."""
    from nni_autoattend.training.calibration import calibrated_loss
    from nni_autoattend.training.evaluation import logits_of

    logits, labels = logits_of(network, loader), loader.dataset.labels
    right: NDArray[np.bool_] = (logits.argmax(dim=1) == labels).numpy()
    return right, calibrated_loss(logits, labels)


def _halves(ground: Ground) -> dict[str, Items]:
    return {"selection": ground.data.selection, "search": ground.data.search}


def standalone_step_seconds(architectures: Sequence[Architecture], protocol: Protocol, ground: Ground) -> float:
    """Return the seconds of a training step of an architecture alone, as measured just now."""
    import time

    from nni_autoattend.datasets.by_modality import training_loader
    from nni_autoattend.network.by_modality import build_network
    from nni_autoattend.training.step import AdamStep

    seconds, steps, data = 0.0, 0, ground.data
    for architecture in architectures:
        network = build_network(architecture, protocol.shape_alone(), data.dimensions)
        step, batches = AdamStep(network, protocol.training), training_loader(data.train, protocol.training, 0)
        step.take(*next(batches.start_at(0)))  # the first one allocates
        for batch, _ in zip(batches.start_at(0), range(3), strict=False):
            started = time.monotonic()
            step.take(*batch)
            seconds, steps = seconds + time.monotonic() - started, steps + 1
    return seconds / max(1, steps)
