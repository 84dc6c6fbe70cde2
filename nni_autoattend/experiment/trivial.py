"""The trivial baseline that stands in every table: words and pairs of words, counted, and a linear classifier."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nni_autoattend.baselines.table import TRIVIAL, tuning_ladder
from nni_autoattend.datasets.examples import Examples, Splits
from nni_autoattend.datasets.splits import halve
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.predictions import Predictions, read_predictions, save_predictions
from nni_autoattend.experiment.results import Measured

if TYPE_CHECKING:
    from nni_autoattend.baselines.tfidf_logistic import TfidfLogistic

STAGE = "trivial"
_SHARE = 0.1
"""Part of the time left that a further tuning run may use: the networks need it more."""


@dataclass(frozen=True)
class _Part:
    """A split as token lists and classes."""

    tokens: list[list[str]]
    classes: list[int]


def measure_trivial(splits: Splits, runs: int, bench: Bench) -> Measured:
    """Tune the trivial baseline with ``runs`` runs on the selection half and predict the test split once.

    It has no random part, so that one seed stands for all.
    """
    record = bench.journal.find(STAGE, TRIVIAL)
    predictions = read_predictions(bench.folder, TRIVIAL, 0)
    if record is None or predictions is None:
        bench.observer.start(TRIVIAL, runs)
        predictions, record = _measure(splits, runs, bench)
        bench.observer.finish()
    if record["runs"] < runs:
        bench.note(f"{TRIVIAL}: {record['runs']} of {runs} tuning runs, the budget was used up")
    validation, parameters = (float(record["score"]),), int(record["parameters"])
    return Measured(TRIVIAL, "trivial", parameters, validation, float(record["cpu_seconds"]), (predictions,))


def _measure(splits: Splits, runs: int, bench: Bench) -> tuple[Predictions, dict[str, Any]]:
    started = time.process_time()
    model, score, done = _tune(splits, runs, bench)
    test = _part(splits.test, bench)
    classes = tuple(int(value) for value in model.predict(test.tokens))
    predictions = Predictions(TRIVIAL, 0, f"C={model.c:g}", tuple(test.classes), classes)
    save_predictions(bench.folder, predictions)
    cpu_seconds = time.process_time() - started
    figures = {"score": score, "parameters": model.parameters, "runs": done, "cpu_seconds": cpu_seconds}
    return predictions, bench.journal.record(STAGE, TRIVIAL, **figures)


def _tune(splits: Splits, runs: int, bench: Bench) -> tuple[TfidfLogistic, float, int]:
    """Return the model with the best selection score, that score, and how many runs there was time for."""
    from nni_autoattend.baselines.tfidf_logistic import TfidfLogistic
    from nni_autoattend.training.metrics import score

    train, selection = _part(splits.train, bench), _part(_selection(splits, bench), bench)
    best: tuple[TfidfLogistic, float] | None = None
    done, longest = 0, 0.0
    for setting in tuning_ladder(TRIVIAL, bench.settings.retrain.lr, runs):
        if best is not None and bench.deadline.remaining() * _SHARE < longest:
            break
        started = time.monotonic()
        model = TfidfLogistic(setting["C"]).fit(train.tokens, train.classes)
        reached = score(bench.data.metric, selection.classes, model.predict(selection.tokens), len(bench.data.labels))
        best = (model, reached) if best is None or reached > best[1] else best
        done, longest = done + 1, max(longest, time.monotonic() - started)
        bench.observer.advance(1, score=reached)
    if best is None:
        raise AssertionError("a ladder has at least one rung")
    return (*best, done)


def _selection(splits: Splits, bench: Bench) -> Examples:
    """Return the half of validation that ``prepare`` calls selection."""
    _, selection = halve(splits.valid.labels, bench.settings.data.split_seed)
    return splits.valid.take(int(index) for index in selection)


def _part(examples: Examples, bench: Bench) -> _Part:
    codec = bench.data.codec
    return _Part([codec.tokenize(text) for text in examples.texts], codec.encode_labels(examples.labels))
