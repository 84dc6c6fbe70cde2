"""What a row of the growth benchmark is of, and measuring it; the process that does must have done nothing before."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.by_modality import scoring_loader
from nni_autoattend.datasets.examples import Examples, Splits
from nni_autoattend.experiment.bench import torch_threads
from nni_autoattend.experiment.forecast_memory import peak_resident, resident, touched_bytes, trainable_bytes
from nni_autoattend.experiment.forecast_supernet import ThrowAwaySupernet
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.settings import DataSettings

if TYPE_CHECKING:
    from nni_autoattend.datasets.prepare import TextData

_WORDS, _CLASSES, _EMBEDDING = 100, 5, 300
_HEADS = 8
_ROUNDS = 3


@dataclass(frozen=True)
class Point:
    """A supernet, its data and its steps.

    Attributes:
        layers, width: of the supernet (space ``autoattend-text``, sharing ``full``).
        length: tokens of every text.
        paths: of a step.
        texts: texts that are trained on, and as many that an evaluation scores.
        batch_size: texts of a step.
        steps: steps that are timed.
    """

    layers: int
    width: int
    length: int
    paths: int
    texts: int
    batch_size: int
    steps: int


@dataclass(frozen=True)
class Row:
    """One row: ``varied`` has the ``value``, everything else that of the base."""

    varied: str
    value: int
    point: Point


def measure_row(point: Point, threads: int) -> dict[str, Any]:
    """Measure ``point`` in this process and return its figures: seconds and bytes.

    ``peak`` is the process's own peak after the steps and evaluations; ``steady`` adds Adam's moments of the weights
    that so few steps did not touch and a training does.
    """
    settings = settings_of(point)
    with torch_threads(threads):
        data = data_of(point, settings)
        before = resident()
        supernet = ThrowAwaySupernet(settings, data)
        seconds = _steps(supernet, point, data)
        evaluation = _evaluation(supernet, data)
    weights, peak = trainable_bytes(supernet.model), peak_resident()
    touched = touched_bytes(supernet.model, settings.space.genes, point.paths * (1 + point.steps))
    return {
        "step": statistics.median(seconds),
        "steps": seconds,
        "path": statistics.median(seconds) / point.paths,
        "evaluation": evaluation,
        "build": supernet.build,
        "weights": weights,
        "before": before,
        "peak": peak,
        "steady": None if peak is None else peak + 2 * (weights - touched),
    }


def settings_of(point: Point) -> RunSettings:
    """Return the settings of a search whose supernet is the row's."""
    overrides = {
        "space.genes.layers": point.layers,
        "space.search.width": point.width,
        "space.search.heads": _HEADS,
        "strategy.arguments.paths": point.paths,
        "strategy.search.batch_size": point.batch_size,
        "data.tokenizer": "whitespace",
        "data.embedding_width": _EMBEDDING,
        "data.min_count": 1,
        "data.max_length": point.length,
    }
    return resolve_settings("autoattend-text", "autoattend", {"task": "listops"}, overrides=overrides)


def data_of(point: Point, settings: RunSettings) -> TextData:
    """Return generated texts of random words, all of the same length, no two alike."""
    from nni_autoattend.datasets.prepare import prepare

    rng = Random(0)

    def examples(count: int) -> Examples:
        words = (" ".join(f"w{rng.randrange(_WORDS)}" for _ in range(point.length)) for _ in range(count))
        return Examples(tuple(words), tuple(f"class {number % _CLASSES}" for number in range(count)))

    splits = Splits("growth", examples(point.texts), examples(2 * point.texts), examples(_CLASSES), ())
    assert isinstance(settings.data, DataSettings)
    return prepare(settings.data, splits, None)


def _steps(supernet: ThrowAwaySupernet, point: Point, data: TextData) -> list[float]:
    """Return the seconds of the steps; one more before them allocates."""
    from nni_autoattend.datasets.batches import TextLoader

    (batch, *_) = TextLoader(data.train, point.batch_size, shuffle=False)
    return supernet.phase_steps([batch] * (1 + point.steps), point.paths, Deadline())[1:]


def _evaluation(supernet: ThrowAwaySupernet, data: TextData) -> float:
    """Return the seconds of scoring one architecture on ``texts`` texts."""
    return statistics.median(supernet.evaluations(scoring_loader(data.search), 1 + _ROUNDS, Deadline())[1:])
