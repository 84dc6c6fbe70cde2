"""Texts as tensors, cut into windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from nni_autoattend.datasets.codec import TextCodec


@dataclass(frozen=True, eq=False)
class EncodedTexts:
    """N texts, each as one or more windows, and their classes.

    Attributes:
        windows: for each text its windows, int64 tensors of shape (tokens,).
        labels: (N,) int64 classes.
    """

    windows: list[list[Tensor]]
    labels: Tensor

    def __post_init__(self) -> None:
        if len(self.windows) != len(self.labels):
            raise ValueError(f"{len(self.windows)} texts but {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.windows)

    @cached_property
    def lengths(self) -> Tensor:
        """Tokens of each text's longest window, (N,) int64."""
        return torch.tensor([max(len(window) for window in windows) for windows in self.windows], dtype=torch.int64)

    @cached_property
    def token_counts(self) -> Tensor:
        """Tokens of all windows of each text together, (N,) int64."""
        return torch.tensor([sum(len(window) for window in windows) for windows in self.windows], dtype=torch.int64)

    @cached_property
    def distinct(self) -> "DistinctTexts":
        """The distinct texts; a network without dropout says the same of equal ones, so it need not see them twice."""
        numbers: dict[tuple[bytes, ...], int] = {}
        keys = (tuple(window.numpy().tobytes() for window in windows) for windows in self.windows)
        inverse = torch.tensor([numbers.setdefault(key, len(numbers)) for key in keys], dtype=torch.int64)
        first = np.unique(inverse.numpy(), return_index=True)[1]
        texts = EncodedTexts([self.windows[text] for text in first], self.labels[torch.from_numpy(first)])
        return DistinctTexts(texts, inverse)


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


def window_tensors(texts: Sequence[Sequence[Sequence[int]]]) -> list[list[Tensor]]:
    """Return texts (lists of windows of token indices) as tensors, which are views of one flat tensor."""
    windows = [window for text in texts for window in text]
    flat = torch.tensor([index for window in windows for index in window], dtype=torch.int64)
    ends = np.cumsum([len(window) for window in windows]).tolist()
    views = (flat[start:end] for start, end in zip([0, *ends], ends, strict=False))
    return [[next(views) for _ in text] for text in texts]


def encode(codec: TextCodec, token_lists: Sequence[Sequence[str]], labels: Sequence[str]) -> EncodedTexts:
    """Return tokenized texts and their labels as tensors.

    Raises:
        DataError: the codec does not know a label.
    """
    windows = window_tensors([codec.encode_tokens(tokens) for tokens in token_lists])
    return EncodedTexts(windows, torch.tensor(codec.encode_labels(labels), dtype=torch.int64))
