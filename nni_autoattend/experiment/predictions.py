"""Predictions on the test split, one file per (name, seed): made once, and all that later figures are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import Variant
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.experiment.training_run import Trained, trained_network
from nni_autoattend.files import write_json
from nni_autoattend.schema import to_plain

Decisions = tuple[int, ...] | tuple[tuple[int, ...], ...]
"""The class of every item, or for every item a zero or one for every label."""


@dataclass(frozen=True)
class Predictions:
    """What one trained network says of the test split.

    Attributes:
        name, seed: row and seed that it is of.
        training: key of the training.
        labels: true class, or labels, of every item.
        predictions: what is predicted of it, in the same order.
    """

    name: str
    seed: int
    training: str
    labels: Decisions
    predictions: Decisions


def predictions_file(folder: RunFolder, name: str, seed: int) -> Path:
    """Return the file of one network."""
    return folder.predictions / f"{name}-seed{seed}.json"


def save_predictions(folder: RunFolder, predictions: Predictions) -> None:
    """Write the file."""
    path = predictions_file(folder, predictions.name, predictions.seed)
    write_json(path, to_plain(predictions))


def read_predictions(folder: RunFolder, name: str, seed: int) -> Predictions | None:
    """Return what was predicted before, ``None`` if nothing was.

    Raises:
        RunFolderError: the file is damaged.
    """
    path = predictions_file(folder, name, seed)
    if not path.exists():
        return None
    value = read_json(path)
    try:
        decided = {key: plain(value[key]) for key in ("labels", "predictions")}
        return Predictions(value["name"], value["seed"], value["training"], **decided)
    except (KeyError, TypeError, ValueError) as error:
        raise RunFolderError(f"{path} is damaged: {error!r}") from error


def predict_test(variant: Variant, trained: Trained, bench: Bench) -> Predictions:
    """Return the test predictions of a training; the test split is read only where there are none yet."""
    known = read_predictions(bench.folder, trained.name, trained.seed)
    if known is not None and known.training == trained.key:
        return known
    from nni_autoattend.datasets.by_modality import scoring_loader
    from nni_autoattend.training.decisions import decisions
    from nni_autoattend.training.evaluation import logits_of

    loader, labels = scoring_loader(bench.data.test, variant.training.batch_size), bench.data.test.labels
    classes = decisions(logits_of(trained_network(variant, trained, bench), loader), labels)
    made = Predictions(trained.name, trained.seed, trained.key, plain(labels), plain(classes))
    save_predictions(bench.folder, made)
    return made


def plain(decisions: Any) -> Decisions:
    """Return a tensor, an array or lists as plain integers."""
    values = decisions.tolist() if hasattr(decisions, "tolist") else decisions
    if values and isinstance(values[0], list):
        return tuple(tuple(int(value) for value in row) for row in values)
    return tuple(int(value) for value in values)
