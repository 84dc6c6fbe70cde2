"""What bucketing does to a training batch, without training: the mix of its labels, its padding, its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nni_autoattend.datasets.encoded import EncodedTexts

EPOCHS = 3


@dataclass(frozen=True)
class LabelMix:
    """The batches of some epochs with one pool; means are over batches.

    Attributes:
        pool: batches in a pool, 0 for random batches.
        batches: batches in an epoch.
        entropy: mean entropy of the labels of a batch, bits.
        entropy_low: the entropy that one batch in twenty stays below.
        padding: padded positions, share of all positions.
        length: mean length that a batch is padded to.
        tokens, tokens_deviation: tokens of a batch, mean and standard deviation.
    """

    pool: int
    batches: int
    entropy: float
    entropy_low: float
    padding: float
    length: float
    tokens: float
    tokens_deviation: float


def label_mix(texts: EncodedTexts, classes: int, batch_size: int, pool: int) -> LabelMix:
    """Return the mix of the batches that ``TextLoader`` makes of ``texts`` with ``pool``."""
    from nni_autoattend.datasets.batches import TextLoader

    loader = TextLoader(texts, batch_size, shuffle=True, pool=pool)
    rows = []
    for epoch in range(EPOCHS):
        loader.set_epoch(epoch)
        for text, labels in loader:
            counts = np.bincount(labels.numpy(), minlength=classes)
            rows.append((entropy(counts), text.mask.numel(), text.mask.shape[1], int(text.mask.sum())))
    entropies, positions, lengths, tokens = np.array(rows, dtype=np.float64).T
    return LabelMix(
        pool=pool,
        batches=len(loader),
        entropy=float(entropies.mean()),
        entropy_low=float(np.quantile(entropies, 0.05)),
        padding=float(1 - tokens.sum() / positions.sum()),
        length=float(lengths.mean()),
        tokens=float(tokens.mean()),
        tokens_deviation=float(tokens.std()),
    )


def label_mixes(texts: EncodedTexts, classes: int, batch_size: int, pools: Sequence[int]) -> list[LabelMix]:
    """Return the mix with each of ``pools``."""
    return [label_mix(texts, classes, batch_size, pool) for pool in pools]


def entropy(counts: NDArray[np.int64]) -> float:
    """Return the entropy of a distribution given as counts, in bits."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0  # no negative zero
