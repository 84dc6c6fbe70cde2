"""Predictions on the test split, one file per (name, seed): made once, and all that later figures are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import Variant
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.experiment.training_run import Trained, trained_network
from nni_autoattend.files import write_json
from nni_autoattend.schema import to_plain


@dataclass(frozen=True)
class Predictions:
    """What one trained network says of the test split.

    Attributes:
        name, seed: row and seed that it is of.
        training: key of the training.
        labels: true class of every text.
        predictions: its most likely class, in the same order.
    """

    name: str
    seed: int
    training: str
    labels: tuple[int, ...]
    predictions: tuple[int, ...]


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
        classes = {key: tuple(int(item) for item in value[key]) for key in ("labels", "predictions")}
        return Predictions(value["name"], value["seed"], value["training"], **classes)
    except (KeyError, TypeError, ValueError) as error:
        raise RunFolderError(f"{path} is damaged: {error!r}") from error


def predict_test(variant: Variant, trained: Trained, bench: Bench) -> Predictions:
    """Return the test predictions of a training; the test split is read only where there are none yet."""
    known = read_predictions(bench.folder, trained.name, trained.seed)
    if known is not None and known.training == trained.key:
        return known
    from nni_autoattend.datasets.batches import TextLoader
    from nni_autoattend.training.evaluation import logits_of

    loader = TextLoader(bench.data.test, variant.training.batch_size, shuffle=False)
    classes = logits_of(trained_network(variant, trained, bench), loader).argmax(dim=1)
    labels = bench.data.test.labels
    made = Predictions(trained.name, trained.seed, trained.key, _plain(labels.tolist()), _plain(classes.tolist()))
    save_predictions(bench.folder, made)
    return made


def _plain(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
