"""The results table: from trainings and test predictions to rows, and ``results.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nni_autoattend.errors import RecipeError, RunFolderError
from nni_autoattend.experiment.bootstrap import PairedBootstrap
from nni_autoattend.experiment.predictions import Decisions, Predictions
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.files import write_json
from nni_autoattend.report.data import ResultKind, ResultRow
from nni_autoattend.schema import read, to_plain


@dataclass(frozen=True)
class Measured:
    """What is known of one network when its row is made.

    Attributes:
        name, kind: of the row.
        parameters: trainable ones without the embedding, ``None`` where the notion does not apply.
        validation: scores on the selection half, one per seed.
        cpu_seconds: of all trainings, tuning included.
        predictions: on the test split, one per seed.
    """

    name: str
    kind: ResultKind
    parameters: int | None
    validation: tuple[float, ...]
    cpu_seconds: float
    predictions: tuple[Predictions, ...]


@dataclass(frozen=True)
class Results:
    """What ``results.json`` holds.

    Attributes:
        metric: name of the score.
        labels: readable labels by class.
        model: name and seed of the network in ``model.safetensors``.
        rows: the table; the found network first.
        notes: sentences for the reader.
    """

    metric: str
    labels: tuple[str, ...]
    model: dict[str, Any]
    rows: tuple[ResultRow, ...]
    notes: tuple[str, ...] = ()


def result_rows(measured: Sequence[Measured], metric: str, classes: int) -> tuple[ResultRow, ...]:
    """Return a row per network; the first is the found one, and the others are compared with it."""
    found, *others = measured
    bootstrap = PairedBootstrap(metric, found.predictions[0].labels, classes, _classes(found))
    return (
        _row(found, metric, classes, {}),
        *(_row(other, metric, classes, _compared(bootstrap, other)) for other in others),
    )


def save_results(folder: RunFolder, results: Results) -> None:
    """Write ``results.json``."""
    write_json(folder.results, to_plain(results))


def read_results(folder: RunFolder) -> Results:
    """Return what ``save_results`` wrote.

    Raises:
        RunFolderError: the run did not come so far, or the file is damaged.
    """
    value = read_json(folder.results)
    try:
        rows = tuple(ResultRow(**row) for row in value["rows"])
        return read(Results, {**value, "rows": rows}, str(folder.results))
    except (TypeError, KeyError, RecipeError) as error:
        raise RunFolderError(f"{folder.results} is damaged: {error}") from error


def _classes(network: Measured) -> list[Decisions]:
    """Return the predictions of all seeds, (seeds, N)."""
    return [seed.predictions for seed in network.predictions]


def _compared(bootstrap: PairedBootstrap, other: Measured) -> Mapping[str, Any]:
    comparison = bootstrap.compare(_classes(other))
    return {**to_plain(comparison), "verdict": comparison.verdict}


def _row(measured: Measured, metric: str, classes: int, comparison: Mapping[str, Any]) -> ResultRow:
    from nni_autoattend.training.metrics import score

    tests = [score(metric, seed.labels, seed.predictions, classes) for seed in measured.predictions]
    return ResultRow(
        name=measured.name,
        kind=measured.kind,
        parameters=measured.parameters,
        validation=float(np.mean(measured.validation)),
        test_mean=float(np.mean(tests)),
        test_std=float(np.std(tests, ddof=1)) if len(tests) > 1 else 0.0,
        seeds=len(tests),
        cpu_seconds=measured.cpu_seconds,
        **comparison,
    )
