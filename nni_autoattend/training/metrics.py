"""The metrics that drive fitness, selection and report, from classes predicted and true."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from nni_autoattend.errors import UnknownNameError
from nni_autoattend.training.multi_label_metrics import MULTI_LABEL_METRICS, count_labels

Classes = NDArray[np.int64] | Tensor | Sequence[int] | Sequence[Sequence[int]]


def accuracy(matrix: NDArray[np.int64]) -> float:
    """Share of texts whose class is right, from a confusion matrix (true, predicted)."""
    return float(np.trace(matrix) / matrix.sum())


def macro_f1(matrix: NDArray[np.int64]) -> float:
    """Mean over classes of F1 = 2 TP / (2 TP + FP + FN); classes neither present nor predicted are left out."""
    hits, support = np.diag(matrix), matrix.sum(axis=0) + matrix.sum(axis=1)
    return float(np.mean(2 * hits[support > 0] / support[support > 0]))


def balanced_accuracy(matrix: NDArray[np.int64]) -> float:
    """Mean over the classes that are present of their recall."""
    hits, texts = np.diag(matrix), matrix.sum(axis=1)
    return float(np.mean(hits[texts > 0] / texts[texts > 0]))


METRICS: dict[str, Callable[[NDArray[np.int64]], float]] = {
    "accuracy": accuracy,
    "macro-f1": macro_f1,
    "balanced-accuracy": balanced_accuracy,
}


def score(metric: str, labels: Classes, predictions: Classes, classes: int) -> float:
    """Return ``metric`` in [0, 1], higher is better, as scikit-learn defines it.

    Args:
        metric: a name in ``METRICS``; where items may have several labels, one in ``MULTI_LABEL_METRICS``.
        labels: (N,) true classes, 0..classes-1, or (N, K) zeros and ones.
        predictions: likewise, what was predicted.
        classes: number of classes.

    Raises:
        UnknownNameError: no such metric.
        ValueError: nothing at all, unequal lengths, or a class out of range.
    """
    if np.ndim(labels) == 2:
        if metric not in MULTI_LABEL_METRICS:
            raise UnknownNameError("metric of several labels", metric, MULTI_LABEL_METRICS)
        return MULTI_LABEL_METRICS[metric](count_labels(*_tables(labels, predictions)))
    if metric not in METRICS:
        raise UnknownNameError("metric", metric, METRICS)
    return METRICS[metric](_matrix(labels, predictions, classes))


def _tables(labels: Classes, predictions: Classes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    true, predicted = np.asarray(labels) > 0, np.asarray(predictions) > 0
    if true.shape != predicted.shape or not true.size:
        raise ValueError(f"need as many predictions as labels and at least one, found {true.shape}, {predicted.shape}")
    return true, predicted


def confusion(labels: Classes, predictions: Classes, classes: int) -> list[list[int]]:
    """Return how often class i (row) was predicted as class j (column); arguments and errors as in ``score``."""
    return [[int(count) for count in row] for row in _matrix(labels, predictions, classes)]


def label_counts(labels: Classes, predictions: Classes) -> list[tuple[int, int, int]]:
    """Return of every label how many items have it, are said to, and both; for items that may have several labels."""
    true, predicted = _tables(labels, predictions)
    counts = np.stack([true.sum(axis=0), predicted.sum(axis=0), (true & predicted).sum(axis=0)], axis=1)
    return [(int(present), int(said), int(both)) for present, said, both in counts]


def _matrix(labels: Classes, predictions: Classes, classes: int) -> NDArray[np.int64]:
    true, predicted = np.asarray(labels, dtype=np.int64), np.asarray(predictions, dtype=np.int64)
    if true.ndim != 1 or true.shape != predicted.shape or not true.size:
        raise ValueError(f"need as many predictions as labels and at least one, found {true.shape}, {predicted.shape}")
    if min(true.min(), predicted.min()) < 0 or max(true.max(), predicted.max()) >= classes:
        raise ValueError(f"classes must lie between 0 and {classes - 1}")
    counts = np.bincount(true * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)
