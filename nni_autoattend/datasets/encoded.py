"""Texts as token indices, cut into windows, and their classes."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.windows import Windows


class EncodedTexts:
    """N texts, each as one or more windows, and their classes.

    Args:
        windows: for each text its windows, int64 tensors of shape (tokens,); kept as ``windows``, in arrays.
        labels: (N,) int64 classes; kept as ``labels``.
    """

    def __init__(self, windows: Sequence[Sequence[Tensor]], labels: Tensor) -> None:
        if len(windows) != len(labels):
            raise ValueError(f"{len(windows)} texts but {len(labels)} labels")
        self.windows, self.labels = Windows.of(windows), labels

    def __len__(self) -> int:
        return len(self.windows)

    @cached_property
    def lengths(self) -> Tensor:
        """Tokens of each text's longest window, (N,) int64."""
        return torch.from_numpy(np.maximum.reduceat(self.windows.lengths, self.windows.firsts[:-1]))

    @cached_property
    def token_counts(self) -> Tensor:
        """Tokens of all windows of each text together, (N,) int64."""
        return torch.from_numpy(np.diff(self.windows.starts[self.windows.firsts]))

    @cached_property
    def distinct(self) -> "DistinctTexts":
        """The distinct texts; a network without dropout says the same of equal ones, so it need not see them twice."""
        numbers: dict[tuple[bytes, bytes], int] = {}
        found = (numbers.setdefault(key, len(numbers)) for key in self.windows.identities())
        inverse = np.fromiter(found, np.int64, len(self))
        first = np.unique(inverse, return_index=True)[1]
        texts = EncodedTexts(self.windows.take(first), self.labels[torch.from_numpy(first)])
        return DistinctTexts(texts, torch.from_numpy(inverse))


@dataclass(frozen=True, eq=False)
class DistinctTexts:
    """The U distinct ones among N texts; texts are equal when all their windows are.

    Attributes:
        texts: the distinct texts in the order of their first occurrence, each with the label that it has there (an
            equal text may have another one).
        inverse: (N,) int64, for each of the N texts the one of ``texts`` that it equals.
    """

    texts: EncodedTexts
    inverse: Tensor


def window_tensors(texts: Iterable[Sequence[Sequence[int]]]) -> Windows:
    """Return texts, lists of windows of token indices, as lists of tensors; ``texts`` is read once, text by text."""
    tokens, lengths, counts = array("i"), array("q"), array("q")
    for text in texts:
        counts.append(len(text))
        for window in text:
            lengths.append(len(window))
            tokens.extend(window)
    return Windows(np.array(tokens), np.array(lengths), np.array(counts))


def encode(codec: TextCodec, token_lists: Sequence[Sequence[str]], labels: Sequence[str]) -> EncodedTexts:
    """Return tokenized texts and their labels as numbers.

    Raises:
        DataError: the codec does not know a label.
    """
    windows = window_tensors(codec.encode_tokens(tokens) for tokens in token_lists)
    return EncodedTexts(windows, torch.tensor(codec.encode_labels(labels), dtype=torch.int64))
