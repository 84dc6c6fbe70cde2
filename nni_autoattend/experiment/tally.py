"""Scores of any choice of test items, quickly: what is predicted of an item is looked at once, then only counted."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nni_autoattend.experiment.predictions import Decisions

Items = NDArray[np.int64]


class Tally(Protocol):
    """One network's predictions."""

    def score(self, items: Items) -> float:
        """Return the score of ``items``, positions in the test split; one may come several times."""
        ...


def tally_of(metric: str, labels: Decisions, classes: int, predictions: Decisions) -> Tally:
    """Return the tally of ``predictions`` of items with ``labels``."""
    several = np.ndim(labels) == 2
    return LabelTally(metric, labels, predictions) if several else ClassTally(metric, labels, classes, predictions)


class ClassTally:
    """Of items with one class each: an item is a cell of the confusion matrix (true, predicted)."""

    def __init__(self, metric: str, labels: Decisions, classes: int, predictions: Decisions) -> None:
        from nni_autoattend.training.metrics import METRICS

        self._score, self._classes = METRICS[metric], classes
        self._cells = np.asarray(labels, dtype=np.int64) * classes + np.asarray(predictions, dtype=np.int64)

    def score(self, items: Items) -> float:
        """Return the score of ``items``."""
        counts = np.bincount(self._cells[items], minlength=self._classes**2)
        return self._score(counts.reshape(self._classes, self._classes))


class LabelTally:
    """Of items with several labels: an item is a row of hits and a row of marks (see ``LabelCounts``)."""

    def __init__(self, metric: str, labels: Decisions, predictions: Decisions) -> None:
        from nni_autoattend.training.multi_label_metrics import MULTI_LABEL_METRICS, LabelCounts

        self._metric, self._counts = MULTI_LABEL_METRICS[metric], LabelCounts
        true, predicted = np.asarray(labels, dtype=np.int64), np.asarray(predictions, dtype=np.int64)
        self._hits, self._marks = (true & predicted).astype(np.float32), (true + predicted).astype(np.float32)

    def score(self, items: Items) -> float:
        """Return the score of ``items``."""
        times = np.bincount(items, minlength=len(self._hits)).astype(np.float32)  # float: a product of BLAS
        hits, marks = (np.rint(times @ table).astype(np.int64) for table in (self._hits, self._marks))
        return self._metric(self._counts(hits, marks, len(items)))
