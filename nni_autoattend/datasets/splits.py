"""Seeded, stratified divisions of labelled data."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nni_autoattend.datasets.examples import Examples

Indices = NDArray[np.int64]


def stratified_split(labels: Sequence[str], share: float, seed: int) -> tuple[Indices, Indices]:
    """Divide positions so that ``share`` of every class is in the second part.

    A class with two members or more is in both parts, a single member stays in the first one.

    Returns:
        (rest, part): positions in ascending order, disjoint, together complete.
    """
    _, classes = np.unique(np.asarray(labels, dtype=object).astype(str), return_inverse=True)
    random = np.random.default_rng(seed)
    in_part = np.zeros(len(labels), dtype=bool)
    for label in range(classes.max(initial=-1) + 1):
        members = random.permutation(np.flatnonzero(classes == label))
        wanted = min(max(round(share * len(members)), 1), len(members) - 1)
        in_part[members[:wanted]] = True
    return np.flatnonzero(~in_part), np.flatnonzero(in_part)


def split_off(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
    """Return (the rest, a stratified ``share``) of ``examples``."""
    rest, part = stratified_split(examples.labels, share, seed)
    return examples.take(rest.tolist()), examples.take(part.tolist())


def halve(labels: Sequence[str], seed: int) -> tuple[Indices, Indices]:
    """Divide positions into two stratified halves (validation: search half and selection half)."""
    return stratified_split(labels, 0.5, seed)
