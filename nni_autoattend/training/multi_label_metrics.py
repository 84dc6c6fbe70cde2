"""The metrics of items that may have several labels, from counts that add up over items."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


class LabelCounts(NamedTuple):
    """What predictions of any number of items come to.

    Attributes:
        hits: (K,) items that have a label and are said to.
        marks: (K,) items that have it, plus items that are said to.
        items: how many there are.
    """

    hits: Counts
    marks: Counts
    items: int


def count_labels(true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> LabelCounts:
    """Count tables (N, K) of labels true and predicted."""
    return LabelCounts((true & predicted).sum(axis=0), true.sum(axis=0) + predicted.sum(axis=0), len(true))


def micro_f1(counts: LabelCounts) -> float:
    """F1 over all (item, label) pairs: 2 TP / (2 TP + FP + FN); 0 where nothing is true or predicted."""
    marks = int(counts.marks.sum())
    return 2 * int(counts.hits.sum()) / marks if marks else 0.0


def macro_f1(counts: LabelCounts) -> float:
    """Mean over labels of their F1; labels neither present nor predicted are left out."""
    seen = counts.marks > 0
    return float(np.mean(2 * counts.hits[seen] / counts.marks[seen])) if seen.any() else 0.0


def label_accuracy(counts: LabelCounts) -> float:
    """Share of (item, label) pairs that are right."""
    wrong = int((counts.marks - 2 * counts.hits).sum())
    return 1 - wrong / (counts.items * len(counts.hits))


MULTI_LABEL_METRICS: dict[str, Callable[[LabelCounts], float]] = {
    "micro-f1": micro_f1,
    "macro-f1": macro_f1,
    "accuracy": label_accuracy,
}
