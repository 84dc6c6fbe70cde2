"""Labelled texts and their three splits, as plain values."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Examples:
    """Texts with one label each.

    Attributes:
        texts: raw texts.
        labels: readable label of each text.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.labels):
            raise ValueError(f"{len(self.texts)} texts but {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, indices: Iterable[int]) -> "Examples":
        """Return the examples at ``indices``, in that order."""
        chosen = list(indices)
        return Examples(tuple(self.texts[i] for i in chosen), tuple(self.labels[i] for i in chosen))

    def take_labels(self, labels: Iterable[str]) -> "Examples":
        """Return the examples that have one of ``labels``."""
        wanted = set(labels)
        return self.take(i for i, label in enumerate(self.labels) if label in wanted)


@dataclass(frozen=True)
class Splits:
    """The data of a run before it is tokenized.

    Attributes:
        name: task name, or the stem of the user's training file.
        train, valid, test: disjoint parts; validation is divided further by ``prepare``.
        notes: what a reader of the report must know about these splits.
        label_order: order in which tables show the labels; labels that it lacks follow.
    """

    name: str
    train: Examples
    valid: Examples
    test: Examples
    notes: tuple[str, ...] = ()
    label_order: tuple[str, ...] = ()

    def parts(self) -> dict[str, Examples]:
        """Return the three splits by name, in the order train, valid, test."""
        return {"train": self.train, "valid": self.valid, "test": self.test}

    @property
    def labels(self) -> tuple[str, ...]:
        """The training labels: in ``label_order``, then numbers by size, then alphabetically."""
        found = set(self.train.labels)
        known = [label for label in self.label_order if label in found]
        return (*known, *sorted(found - set(known), key=lambda label: (not label.isdecimal(), _size(label), label)))

    def class_counts(self) -> dict[str, dict[str, int]]:
        """Return how often each label occurs in each split."""
        counted = {name: Counter(part.labels) for name, part in self.parts().items()}
        return {name: {label: counts[label] for label in self.labels} for name, counts in counted.items()}

    def fingerprint(self) -> str:
        """Return a SHA-256 over every text and label; other data, or other splits of it, give another one."""
        digest = sha256()
        for name, part in self.parts().items():
            digest.update(json.dumps([name, part.texts, part.labels]).encode("ascii"))
        return digest.hexdigest()


def _size(label: str) -> int:
    return int(label) if label.isdecimal() else 0
