"""Batches of texts: what a network is given, and in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.datasets.loader import DistinctBatches
from nni_autoattend.datasets.vocabulary import PADDING_INDEX
from nni_autoattend.datasets.windows import Windows


@dataclass(frozen=True, eq=False)
class TextInput:
    """The windows of a batch of texts; R rows (windows), L tokens in the longest of them.

    Attributes:
        tokens: (R, L) int64, 0 where padded.
        mask: (R, L) bool, True at real tokens; every row has at least one.
        owner: (R,) int64, the text that a row belongs to, ascending from 0.
    """

    tokens: Tensor
    mask: Tensor
    owner: Tensor

    @cached_property
    def layout(self) -> TokenLayout:
        """Where the tokens lie when no padding is kept."""
        return TokenLayout.of(self.mask.sum(dim=1).tolist())

    @cached_property
    def texts(self) -> int:
        """Number of texts."""
        return int(self.owner[-1]) + 1

    def cut(self, most: int) -> list[slice]:
        """Return runs of texts of at most ``most`` tokens each (a longer text is a run of its own)."""
        if self.layout.tokens <= most:
            return [slice(0, self.texts)]
        counts = torch.zeros(self.texts, dtype=torch.int64).index_add_(0, self.owner.cpu(), self.mask.sum(dim=1).cpu())
        ends = [0, *np.cumsum(counts.numpy()).tolist()]
        starts = [0]
        for text in range(self.texts):
            if ends[text + 1] - ends[starts[-1]] > most and text > starts[-1]:
                starts.append(text)
        return [slice(start, stop) for start, stop in zip(starts, [*starts[1:], self.texts], strict=True)]

    def take(self, texts: slice) -> "TextInput":
        """Return the batch of a run of its texts."""
        rows = (self.owner >= texts.start) & (self.owner < texts.stop)
        mask = self.mask[rows]
        longest = int(mask.sum(dim=1).max())
        return TextInput(self.tokens[rows, :longest], mask[:, :longest], self.owner[rows] - texts.start)

    def with_unlabelled(self) -> "TextInput":
        """Return the batch itself: texts come with their labels."""
        return self

    def to(self, device: torch.device | str) -> "TextInput":
        """Return the same batch on ``device``; everything is counted before, so that nobody waits for the device."""
        if torch.device(device) == self.tokens.device:
            return self
        moved = TextInput(*(part.to(device, non_blocking=True) for part in (self.tokens, self.mask, self.owner)))
        moved.__dict__.update(layout=self.layout.to(device), texts=self.texts)
        return moved


def collate(texts: Sequence[Sequence[Tensor]]) -> TextInput:
    """Pad the windows of ``texts`` (each a list of int64 tensors of shape (tokens,)) to one batch."""
    windows = Windows.of(texts)
    lengths = windows.lengths
    mask = np.arange(lengths.max()) < lengths[:, None]
    tokens = np.full(mask.shape, PADDING_INDEX, np.int64)
    tokens[mask] = windows.tokens  # row by row, as the windows stand
    owner = np.repeat(np.arange(len(windows), dtype=np.int64), windows.counts)
    return TextInput(torch.from_numpy(tokens), torch.from_numpy(mask), torch.from_numpy(owner))


class TextLoader:
    """Batches of an encoded split, in an order that depends on nothing but (seed, epoch).

    Shuffled: texts are shuffled, cut into pools of ``pool`` batches, each pool is sorted by length and cut into
    batches, and the batches are shuffled (``pool`` 0: no sorting); texts of one length stay shuffled among themselves.
    Not shuffled: by length, so that little is padded; ``order`` says which text came where.

    Args:
        encoded: the texts; kept as ``dataset``.
        batch_size: texts in a batch (the last one cut may be smaller); ``None``: ``tokens`` alone ends a batch.
        shuffle: a new order every epoch.
        pool: batches in a pool.
        seed: of the shuffling.
        tokens: a batch ends before it has more tokens than this, all windows counted (a longer text is a batch of its
            own); ``None``: no such limit. For evaluation: memory goes with tokens. Batches that are shuffled, and
            learned from, all have ``batch_size`` texts.
    """

    def __init__(
        self,
        encoded: EncodedTexts,
        batch_size: int | None = None,
        *,
        shuffle: bool,
        pool: int = 0,
        seed: int = 0,
        tokens: int | None = None,
    ) -> None:
        _check(batch_size, shuffle, pool, tokens)
        self.dataset, self.batch_size, self.shuffle, self.pool, self.seed = encoded, batch_size, shuffle, pool, seed
        self.tokens, self.epoch = tokens, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of epoch ``epoch``."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Batches in an epoch."""
        if self.tokens is None and self.batch_size is not None:
            return -(-len(self.dataset) // self.batch_size)
        return len(self._batches())

    def __iter__(self) -> Iterator[tuple[TextInput, Tensor]]:
        """Yield each batch of the epoch with its classes, (texts,) int64."""
        return self.start_at(0)

    @property
    def order(self) -> Tensor:
        """Indices of the texts in the order in which this epoch yields them, (N,) int64."""
        return torch.from_numpy(np.concatenate(self._batches() or [np.zeros(0, np.int64)]))

    @cached_property
    def distinct(self) -> DistinctBatches:
        """The dataset's distinct texts in batches as large as these, whatever the epoch: what an evaluation reads."""
        texts, inverse = self.dataset.distinct.texts, self.dataset.distinct.inverse
        once = TextLoader(texts, self.batch_size, shuffle=False, tokens=self.tokens)
        return DistinctBatches([text for text, _ in once], once.order.argsort()[inverse])

    def like(self, training: "TextLoader") -> "TextLoader":
        """Return batches of these texts to learn from, shuffled and cut as those of ``training`` are."""
        size, pool, seed = training.batch_size, training.pool, training.seed
        return TextLoader(self.dataset, size, shuffle=True, pool=pool, seed=seed)

    def start_at(self, batch: int) -> Iterator[tuple[TextInput, Tensor]]:
        """Yield the batches of the epoch from number ``batch`` on; the ones before it are not even built."""
        for indices in self._batches()[batch:]:
            yield collate(self.dataset.windows.take(indices)), self.dataset.labels[torch.from_numpy(indices)]

    def _batches(self) -> list[NDArray[np.int64]]:
        lengths = self.dataset.lengths.numpy()
        if not self.shuffle or self.batch_size is None:
            return self._cut_sorted(np.argsort(lengths, kind="stable"))
        random = np.random.default_rng([self.seed, self.epoch])
        shuffled = random.permutation(len(self.dataset))
        if not self.pool:
            return _cut(shuffled, self.batch_size)
        batches = []
        for pool in _cut(shuffled, self.pool * self.batch_size):
            batches += _cut(pool[np.argsort(lengths[pool], kind="stable")], self.batch_size)
        return [batches[i] for i in random.permutation(len(batches))]

    def _cut_sorted(self, indices: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Cut into runs that are as long as ``batch_size`` and ``tokens`` let them be, and at least one text long."""
        ends = np.cumsum(self.dataset.token_counts.numpy()[indices])
        texts, tokens = self.batch_size or len(indices), self.tokens or int(ends[-1:].sum())
        batches, start, before = [], 0, 0
        while start < len(indices):
            fitting = int(np.searchsorted(ends, before + tokens, side="right"))
            stop = max(start + 1, min(fitting, start + texts))
            batches.append(indices[start:stop])
            start, before = stop, int(ends[stop - 1])
        return batches


def _cut(indices: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [indices[start : start + size] for start in range(0, len(indices), size)]


def _check(batch_size: int | None, shuffle: bool, pool: int, tokens: int | None) -> None:
    if batch_size is None and tokens is None:
        raise ValueError("name the size of a batch: batch_size in texts, or tokens")
    least = {"batch_size": (batch_size, 1), "pool": (pool, 0), "tokens": (tokens, 1)}
    for name, (value, limit) in least.items():
        if value is not None and value < limit:
            raise ValueError(f"{name} must be at least {limit}, found {value}")
    if shuffle and tokens is not None:
        raise ValueError("shuffled batches have batch_size texts each; tokens is for batches that are not shuffled")
