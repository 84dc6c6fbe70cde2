"""Which nodes are for training, validation and test where the data does not say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nni_autoattend.datasets.splits import stratified_split
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

Indices = NDArray[np.int64]
TEST_SEED = 0
"""The test part is chosen with it whatever the seed of a run: no search on any split ever sees these nodes."""


@dataclass(frozen=True)
class PartSizes:
    """How many nodes each part gets.

    Attributes:
        test_share: of every class.
        validation_share: of every class; the rest is for training.
        train_per_class, validation_per_class: instead of that share; nodes left over are in no part.
    """

    test_share: float = 0.2
    validation_share: float = 0.2
    train_per_class: int | None = None
    validation_per_class: int | None = None

    @classmethod
    def of(cls, settings: GraphDataSettings, usual: "PartSizes") -> "PartSizes":
        """Return what the settings say, and where they say nothing what is ``usual``."""
        return cls(
            settings.test_share or usual.test_share,
            settings.validation_share or usual.validation_share,
            settings.train_per_class or usual.train_per_class,
            settings.validation_per_class or usual.validation_per_class,
        )

    def note(self, seed: int) -> str:
        """Return one line for the report."""
        kept = f"test: {self.test_share:.0%} of every class, chosen once (seed {TEST_SEED}), no search sees it"
        valid = self.validation_per_class or f"{self.validation_share:.0%}"
        train = self.train_per_class or "the rest"
        return f"{kept}; of every class valid: {valid}, train: {train}, seed {seed}"


def divide(strata: Indices, sizes: PartSizes, seed: int, labels: Sequence[str]) -> tuple[Indices, Indices, Indices]:
    """Divide nodes into training, validation and test.

    Args:
        strata: (N,) int64, the class of every node; -1: in no part.
        sizes: of the parts.
        seed: of training and validation; the test part does not depend on it.
        labels: readable, by class; for messages.

    Returns:
        Nodes of train, valid and test, ascending and disjoint.

    Raises:
        DataError: a class has too few nodes.
    """
    labelled = np.flatnonzero(strata >= 0)
    known, test = stratified_split(strata[labelled].tolist(), sizes.test_share, TEST_SEED)
    rest = labelled[known]
    if sizes.train_per_class is None and sizes.validation_per_class is None:
        train, valid = stratified_split(strata[rest].tolist(), sizes.validation_share / (1 - sizes.test_share), seed)
    else:
        train, valid = _per_class(strata[rest], sizes, seed, labels)
    return rest[train], rest[valid], labelled[test]


def strata_of(classes: NDArray[np.int64] | NDArray[np.int8]) -> Indices:
    """Return by what nodes are stratified: their class, or of several labels the rarest (none of them: one more)."""
    if classes.ndim == 1:
        return classes.astype(np.int64)
    present = classes == 1
    by_rarity = np.argsort(present.sum(axis=0), kind="stable")
    rarest = by_rarity[present[:, by_rarity].argmax(axis=1)]
    strata = np.where(present.any(axis=1), rarest, classes.shape[1])
    return np.where(classes[:, 0] < 0, -1, strata).astype(np.int64)


def _per_class(strata: Indices, sizes: PartSizes, seed: int, labels: Sequence[str]) -> tuple[Indices, Indices]:
    random = np.random.default_rng(seed)
    train, valid = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for stratum in np.unique(strata):
        members = random.permutation(np.flatnonzero(strata == stratum))
        share = sizes.validation_share / (1 - sizes.test_share)
        second = sizes.validation_per_class or max(round(share * len(members)), 1)
        first = sizes.train_per_class or max(len(members) - second, 1)
        if len(members) < first + second:
            label = labels[stratum] if stratum < len(labels) else "none"
            raise DataError(
                f"label {label!r} has {len(members)} nodes outside the test part, {first} + {second} are needed for "
                "training and validation: lower train_per_class, validation_per_class or test_share"
            )
        train.append(members[:first])
        valid.append(members[first : first + second])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(valid))
