"""Batches of texts: what a network is given, and in which order."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.datasets.vocabulary import PADDING_INDEX


class TextInput(NamedTuple):
    """The windows of a batch of texts; R rows (windows), L tokens in the longest of them.

    Attributes:
        tokens: (R, L) int64, 0 where padded.
        mask: (R, L) bool, True at real tokens; every row has at least one.
        owner: (R,) int64, the text that a row belongs to, ascending from 0.
    """

    tokens: Tensor
    mask: Tensor
    owner: Tensor

    def to(self, device: torch.device | str) -> "TextInput":
        """Return the same batch on ``device``."""
        return TextInput(self.tokens.to(device), self.mask.to(device), self.owner.to(device))


def collate(texts: Sequence[Sequence[Tensor]]) -> TextInput:
    """Pad the windows of ``texts`` (each a list of int64 tensors of shape (tokens,)) to one batch."""
    windows = [window for text in texts for window in text]
    lengths = torch.tensor([len(window) for window in windows])
    tokens = pad_sequence(windows, batch_first=True, padding_value=PADDING_INDEX)
    mask = torch.arange(tokens.shape[1]) < lengths[:, None]
    owner = torch.repeat_interleave(torch.arange(len(texts)), torch.tensor([len(text) for text in texts]))
    return TextInput(tokens, mask, owner)


class TextLoader:
    """Batches of an encoded split, in an order that depends on nothing but (seed, epoch).

    Shuffled: texts are shuffled, cut into pools of ``pool`` batches, each pool is sorted by length and cut into
    batches, and the batches are shuffled (``pool`` 0: no sorting). Not shuffled: by length, so that little is padded;
    ``order`` says which text came where.

    Args:
        encoded: the texts; kept as ``dataset``.
        batch_size: texts in a batch (the last one cut may be smaller).
        shuffle: a new order every epoch.
        pool: batches in a pool.
        seed: of the shuffling.
    """

    def __init__(self, encoded: EncodedTexts, batch_size: int, *, shuffle: bool, pool: int = 0, seed: int = 0) -> None:
        if batch_size < 1 or pool < 0:
            raise ValueError(f"batch_size must be at least 1 and pool at least 0, found {batch_size} and {pool}")
        self.dataset, self.batch_size, self.shuffle, self.pool, self.seed = encoded, batch_size, shuffle, pool, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of epoch ``epoch``."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[TextInput, Tensor]]:
        """Yield each batch of the epoch with its classes, (texts,) int64."""
        return self.start_at(0)

    @property
    def order(self) -> Tensor:
        """Indices of the texts in the order in which this epoch yields them, (N,) int64."""
        return torch.from_numpy(np.concatenate(self._batches() or [np.zeros(0, np.int64)]))

    def start_at(self, batch: int) -> Iterator[tuple[TextInput, Tensor]]:
        """Yield the batches of the epoch from number ``batch`` on; the ones before it are not even built."""
        for indices in self._batches()[batch:]:
            yield collate([self.dataset.windows[i] for i in indices]), self.dataset.labels[torch.from_numpy(indices)]

    def _batches(self) -> list[NDArray[np.int64]]:
        lengths = self.dataset.lengths.numpy()
        if not self.shuffle:
            return self._cut(np.argsort(lengths, kind="stable"), self.batch_size)
        random = np.random.default_rng([self.seed, self.epoch])
        shuffled = random.permutation(len(self.dataset))
        if not self.pool:
            return self._cut(shuffled, self.batch_size)
        batches = []
        for pool in self._cut(shuffled, self.pool * self.batch_size):
            batches += self._cut(pool[np.argsort(lengths[pool], kind="stable")], self.batch_size)
        return [batches[i] for i in random.permutation(len(batches))]

    @staticmethod
    def _cut(indices: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
        return [indices[start : start + size] for start in range(0, len(indices), size)]
