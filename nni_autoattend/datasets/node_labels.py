"""Label cells of a graph's nodes as classes."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_autoattend.datasets.graph_splits import UNLABELLED
from nni_autoattend.datasets.node_table import word


def one_label_each(cells: Sequence[Any]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return (N,) classes, -1 where the cell is empty, and the labels by class."""
    words = [word(cell) for cell in cells]
    labels = in_order(label for label in words if label)
    number = {label: position for position, label in enumerate(labels)} | {"": UNLABELLED}
    return np.array([number[label] for label in words], np.int64), labels


def several_labels_each(cells: Sequence[Any]) -> tuple[NDArray[np.int8], tuple[str, ...]]:
    """Return (N, K) classes of 0 and 1, rows of -1 where the cell is empty, and the K labels.

    A cell is a list, or labels set apart by semicolons; an empty list, or a lone semicolon, is a node of which it is
    known that it has none of them.
    """
    known = [_labels(cell) for cell in cells]
    labels = in_order(label for found in known if found is not None for label in found)
    number = {label: position for position, label in enumerate(labels)}
    classes = np.zeros((len(cells), len(labels)), np.int8)
    for row, found in enumerate(known):
        if found is None:
            classes[row] = UNLABELLED
        else:
            classes[row, [number[label] for label in found]] = 1
    return classes, labels


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct labels: numbers by size, then alphabetically."""
    return tuple(
        sorted(set(labels), key=lambda label: (not label.isdecimal(), int(label) if label.isdecimal() else 0, label))
    )


def _labels(cell: Any) -> list[str] | None:
    if isinstance(cell, (list, tuple, np.ndarray)):
        return [word(item) for item in cell]
    text = word(cell)
    return [label.strip() for label in text.split(";") if label.strip()] if text else None
