"""The windows of many texts in three arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from itertools import pairwise
from typing import SupportsIndex, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Indices = NDArray[np.int64]


class Windows(Sequence[list[Tensor]]):
    """N texts, each a list of one or more windows, int64 tensors of shape (tokens,) that are made when asked for.

    A tensor for every window would take a kilobyte; half of the Treebank's phrases are one token.

    Args:
        tokens: (T,) token indices of all windows in a row.
        lengths: (W,) tokens of each window.
        counts: (N,) windows of each text.

    Attributes:
        tokens: (T,) int32.
        starts: (W + 1,) int64, where each window starts among the tokens, and T.
        firsts: (N + 1,) int64, which window is each text's first, and W.

    Raises:
        ValueError: a text without a window, or the sizes do not add up.
    """

    def __init__(self, tokens: NDArray[np.integer], lengths: NDArray[np.integer], counts: NDArray[np.integer]) -> None:
        self.tokens = np.ascontiguousarray(tokens, np.int32)
        self.starts, self.firsts = _offsets(lengths), _offsets(counts)
        if self.starts[-1] != len(tokens) or self.firsts[-1] != len(lengths):
            raise ValueError(f"lengths or counts do not add up to {len(tokens)} tokens and {len(lengths)} windows")
        if counts.min(initial=1) < 1:
            raise ValueError("a text needs at least one window")

    @classmethod
    def of(cls, texts: Sequence[Sequence[Tensor]]) -> Windows:
        """Return ``texts``, lists of windows, in arrays; what is so already is returned as it is."""
        if isinstance(texts, cls):
            return texts
        windows = [window.numpy() for text in texts for window in text]
        tokens = np.concatenate([np.zeros(0, np.int32), *windows])
        return cls(tokens, _sizes(windows), _sizes(texts))

    def __len__(self) -> int:
        return len(self.firsts) - 1

    @overload
    def __getitem__(self, index: SupportsIndex) -> list[Tensor]: ...

    @overload
    def __getitem__(self, index: slice) -> Windows: ...

    def __getitem__(self, index: SupportsIndex | slice) -> list[Tensor] | Windows:
        if isinstance(index, slice):
            return self.take(np.arange(len(self), dtype=np.int64)[index])
        text = range(len(self))[index]
        starts = self.starts[self.firsts[text] : self.firsts[text + 1] + 1].tolist()
        return [torch.from_numpy(self.tokens[start:end].astype(np.int64)) for start, end in pairwise(starts)]

    @property
    def lengths(self) -> Indices:
        """Tokens of each window, (W,)."""
        return np.diff(self.starts)

    @property
    def counts(self) -> Indices:
        """Windows of each text, (N,)."""
        return np.diff(self.firsts)

    def take(self, texts: Indices) -> Windows:
        """Return the texts at ``texts`` (none negative), in that order."""
        windows, counts = _spans(self.firsts, texts)
        places, lengths = _spans(self.starts, windows)
        return Windows(self.tokens[places], lengths, counts)

    def identities(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield for each text what texts have in common when all their windows are equal, and only then."""
        tokens, lengths = self.tokens.tobytes(), self.lengths.tobytes()
        token_bounds = self.tokens.itemsize * self.starts[self.firsts]
        length_bounds = self.firsts.itemsize * self.firsts
        for (start, end), (first, last) in zip(
            pairwise(token_bounds.tolist()), pairwise(length_bounds.tolist()), strict=True
        ):
            yield tokens[start:end], lengths[first:last]


def _sizes(parts: Sequence[Sized]) -> Indices:
    return np.array([len(part) for part in parts], np.int64)


def _offsets(sizes: NDArray[np.integer]) -> Indices:
    offsets = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets


def _spans(offsets: Indices, chosen: Indices) -> tuple[Indices, Indices]:
    """Return every position in the chosen ones of the spans that ``offsets`` bound, and the size of each of them."""
    starts = offsets[chosen]
    sizes = offsets[chosen + 1] - starts
    shifts = starts - np.cumsum(sizes) + sizes
    return np.repeat(shifts, sizes) + np.arange(sizes.sum()), sizes
