"""Batches that the speed benchmark times: of one length class, or a sample that stands for a whole epoch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from nni_autoattend.datasets.batches import TextInput, TextLoader, collate
from nni_autoattend.datasets.encoded import EncodedTexts

LENGTH_CLASSES = {"1": (1, 1), "2-4": (2, 4), "5-15": (5, 15), "16+": (16, 1_000)}


class Batch(NamedTuple):
    """A batch and the part of an epoch's batches that it stands for."""

    text: TextInput
    labels: Tensor
    weight: float = 1.0

    @property
    def fresh(self) -> tuple[TextInput, Tensor]:
        """The batch as a loader gives it: nothing is laid out yet, so that this is timed too."""
        return TextInput(self.text.tokens, self.text.mask, self.text.owner), self.labels


class EpochSample(NamedTuple):
    """Some batches of an epoch.

    Attributes:
        pool: batches in a pool that was sorted by length (0: random batches).
        batches: drawn ones, by rising tokens; their weights sum to 1.
        in_epoch: batches of the epoch.
        padded_length: mean over the epoch of what a batch is padded to.
        longest: the batch of the epoch with the most padded positions.
    """

    pool: int
    batches: list[Batch]
    in_epoch: int
    padded_length: float
    longest: Batch


def class_batches(texts: EncodedTexts, low: int, high: int, size: int, seed: int) -> Iterator[Batch]:
    """Yield random batches of ``size`` texts of ``low`` to ``high`` tokens, without end."""
    rng, lengths = np.random.default_rng(seed), texts.lengths.numpy()
    fitting = np.flatnonzero((lengths >= low) & (lengths <= high))
    while True:
        yield batch_of(texts, rng.choice(fitting, size=min(size, len(fitting)), replace=False))


def batch_of(texts: EncodedTexts, chosen: NDArray[np.int64]) -> Batch:
    """Return a batch of the texts with numbers ``chosen``."""
    return Batch(collate([texts.windows[number] for number in chosen]), texts.labels[chosen.tolist()])


def sample_epoch(texts: EncodedTexts, size: int, pool: int, strata: int, seed: int) -> EpochSample:
    """Draw batches that stand for all those of an epoch, every text once, as ``TextLoader`` makes them.

    The epoch's batches, sorted by tokens, are cut into ``strata`` runs of about equally many tokens, one batch is drawn
    from each, and it weighs as much as its run has batches: the weighted mean of any cost is an unbiased estimate of
    the epoch's mean, and a good one where the cost grows with tokens.
    """
    loader = TextLoader(texts, size, shuffle=True, pool=pool, seed=seed)
    sizes = np.array([(int(text.mask.sum()), *text.mask.shape) for text, _ in loader], dtype=np.int64)
    tokens, padded = sizes[:, 0], sizes[:, 1] * sizes[:, 2]
    rng = np.random.default_rng(seed)
    runs = cut_evenly(tokens, strata)
    drawn = [_at(loader, int(rng.choice(run)), len(run) / len(sizes)) for run in runs]
    return EpochSample(pool, drawn, len(sizes), float(sizes[:, 2].mean()), _at(loader, int(padded.argmax()), 1.0))


def cut_evenly(sizes: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Return the numbers of ``sizes``, sorted by size, in up to ``count`` runs of about equal sums, none empty."""
    order = np.argsort(sizes, kind="stable")
    ends = np.cumsum(sizes[order])
    middles = ends - sizes[order] / 2
    run = (middles * count // ends[-1]).astype(np.int64)
    return [order[run == number] for number in np.unique(run)]


def _at(loader: TextLoader, number: int, weight: float) -> Batch:
    text, labels = next(loader.start_at(number))
    return Batch(text, labels, weight)
