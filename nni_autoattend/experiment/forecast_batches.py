"""The real batches that a forecast times: of several lengths, taken from an epoch, so that few stand for all.

A whole graph is the only batch of its epoch; its nodes stand where a text has tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from nni_autoattend.datasets.by_modality import training_loader
from nni_autoattend.settings import TrainingSettings

if TYPE_CHECKING:
    from nni_autoattend.datasets.loader import Part

_SAMPLE = 200
"""Batches of an epoch that are looked at: they are shuffled, so the first ones are a fair sample."""
_QUANTILES = (0.5, 0.8, 0.2, 1.0)
"""The timed batches by their tokens; the first is about the mean, so that it alone tells something."""


@dataclass(frozen=True)
class EpochSample:
    """What a forecast knows of an epoch.

    Attributes:
        warm_up: a small batch; the second step on it tells the pace.
        timed: batches to time; each (items, classes).
        tokens: tokens of every batch that was looked at, ascending.
        count: batches in the epoch.
    """

    warm_up: Any
    timed: tuple[Any, ...]
    tokens: tuple[int, ...]
    count: int

    def affordable(self, token_seconds: float, left: float) -> tuple[Any, ...]:
        """Return batches that take at most a third of ``left`` seconds each; the small one if none does.

        The first is the largest of them, to allocate what the others need: its step is not to be timed.
        """
        few = [batch for batch in self.timed if tokens_of(batch) * token_seconds <= left / 3] or [self.warm_up]
        return (max(few, key=tokens_of), *few)

    def enlarged(self, activations: int, batches: Sequence[Any]) -> int:
        """Return bytes that were seen on ``batches`` as the largest batch of the epoch has them."""
        return int(activations * self.tokens[-1] / max(map(tokens_of, batches)))


class FewBatches:
    """Some batches in the place of a loader: every epoch yields them all, in their order."""

    def __init__(self, batches: Sequence[Any]) -> None:
        self.batches = list(batches)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self.batches)

    def __iter__(self) -> Iterator[Any]:
        """Yield them."""
        return iter(self.batches)

    def set_epoch(self, epoch: int) -> None:
        """Do nothing: every epoch is the same."""

    def start_at(self, batch: int) -> Iterator[Any]:
        """Yield them from number ``batch`` on."""
        return iter(self.batches[batch:])


def tokens_of(batch: Any) -> int:
    """Return the tokens of a batch, padding not counted; of a graph the nodes."""
    return int(batch[0].layout.tokens)


def sample_epoch(part: Part, training: TrainingSettings, seed: int) -> EpochSample:
    """Look at an epoch of training batches as the run will cut them."""
    loader = training_loader(part, training, seed)
    looked_at = sorted(islice(loader.start_at(0), _SAMPLE), key=tokens_of)
    last = len(looked_at) - 1
    chosen = dict.fromkeys(round(quantile * last) for quantile in _QUANTILES)
    return EpochSample(
        warm_up=looked_at[round(0.1 * last)],
        timed=tuple(looked_at[number] for number in chosen),
        tokens=tuple(map(tokens_of, looked_at)),
        count=len(loader),
    )


def scored_tokens(part: Part) -> int:
    """Return the tokens that scoring ``part`` reads: of equal texts once, of a graph all nodes."""
    from nni_autoattend.datasets.encoded import EncodedTexts
    from nni_autoattend.datasets.graph_batches import GraphNodes

    if isinstance(part, EncodedTexts):
        return int(part.distinct.texts.token_counts.sum())
    if isinstance(part, GraphNodes):
        return part.layout.tokens
    raise TypeError(f"cannot tell what scoring a {type(part).__name__} reads")


def thinned(part: Part, count: int) -> Part:
    """Return ``count`` of the distinct texts, of all lengths alike, or all of them; a graph stays whole."""
    import torch

    from nni_autoattend.datasets.encoded import EncodedTexts

    if not isinstance(part, EncodedTexts):
        return part
    distinct = part.distinct.texts
    if len(distinct) <= count:
        return distinct
    by_length = torch.argsort(distinct.lengths, stable=True)
    chosen = by_length[torch.from_numpy(np.linspace(0, len(distinct) - 1, count).round().astype(int))]
    return EncodedTexts([distinct.windows[int(number)] for number in chosen], distinct.labels[chosen])
