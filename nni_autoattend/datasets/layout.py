"""Where the tokens of a batch lie when no padding is kept.

Phrases have 4.5 tokens on average and stand in batches padded to 34: packed, a network computes an eighth of that. Rows
stand in falling order of length; the first tokens of all rows come first, then all second ones: a step of a recurrence
is then a slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Indices = NDArray[np.int64]

_CALL = 4_000
"""What one more block costs, in entries of an attention map: about the time that its calls take."""


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of similar length as a padded rectangle, for what needs all pairs of a row's tokens.

    Attributes:
        length: tokens of the longest row.
        rows: number of rows.
        real: (length, rows) bool, true at tokens; ``None`` where no row is padded.
    """

    length: int
    rows: int
    real: Tensor | None


@dataclass(frozen=True, eq=False)
class TokenLayout:
    """The packed order of the T tokens in R rows.

    Attributes:
        counts: rows that have a t-th token, for each t; falling, the sum is T.
        order: (R,) which row of the batch stands at each place.
        places: (T,) positions in the flattened padded batch (R, L).
        before: (T - R,) position of the token before, for every token but the first ones, which are 0 .. R-1.
        mirrored: (T,) position of the token as far from its row's end as this one is from the start.
        blocks: the rows in rectangles, in order, each (length, rows).
        to_blocks: (all places in rectangles,) the token at each; padding names its row's first token.
        from_blocks: (T,) the place of each token in the rectangles.
    """

    counts: tuple[int, ...]
    order: Tensor
    places: Tensor
    before: Tensor
    mirrored: Tensor
    blocks: tuple[Block, ...]
    to_blocks: Tensor
    from_blocks: Tensor

    @classmethod
    def of(cls, lengths: Sequence[int]) -> TokenLayout:
        """Lay out rows of the given lengths, each at least 1; everything is on the CPU.

        Raises:
            ValueError: no row at all, or an empty one.
        """
        given = np.asarray(lengths, dtype=np.int64)
        if given.size == 0 or given.min() < 1:
            raise ValueError("a batch needs at least one row, and every row at least one token")
        order = np.argsort(-given, kind="stable")
        falling = given[order]
        longest = int(falling[0])
        counts = np.searchsorted(-falling, -np.arange(longest), side="left")  # rows longer than t
        starts = np.cumsum(counts) - counts  # where the t-th tokens begin
        step = np.repeat(np.arange(longest), counts)
        row = np.arange(len(step)) - starts[step]
        blocks, to_blocks, real = _blocks(falling, starts)
        from_blocks = np.empty(len(step), np.int64)
        from_blocks[to_blocks[real]] = np.flatnonzero(real)
        return cls(
            tuple(counts.tolist()),
            torch.from_numpy(order),
            torch.from_numpy(order[row] * longest + step),
            torch.from_numpy((starts[step - 1] + row)[len(given) :]),
            torch.from_numpy(starts[falling[row] - 1 - step] + row),
            blocks,
            torch.from_numpy(to_blocks),
            torch.from_numpy(from_blocks),
        )

    @property
    def rows(self) -> int:
        """R."""
        return self.counts[0]

    @property
    def tokens(self) -> int:
        """T."""
        return len(self.places)

    @property
    def is_rectangle(self) -> bool:
        """Tell whether all rows are equally long: the packed order then is that of the one rectangle."""
        return self.counts[0] == self.counts[-1]

    @property
    def is_single(self) -> bool:
        """Tell whether every row is one token: half of all phrases are."""
        return len(self.counts) == 1

    def take_before(self, states: Tensor) -> Tensor:
        """(G, T, C) -> (G, T - R, C): what stands at the token before each token but the first ones."""
        if self.is_rectangle:
            return states[:, : self.tokens - self.rows]
        return states.index_select(1, self.before)

    def put_before(self, states: Tensor, values: Tensor) -> None:
        """Write ``values`` (G, T - R, C), one for each token but the first ones, to the token before it."""
        if self.is_rectangle:
            states[:, : self.tokens - self.rows] = values
        else:
            states.index_copy_(1, self.before, values)

    def to(self, device: torch.device | str) -> TokenLayout:
        """Return the same layout on ``device``."""

        def moved(tensor: Tensor) -> Tensor:
            return tensor.to(device, non_blocking=True)

        return TokenLayout(
            self.counts,
            moved(self.order),
            moved(self.places),
            moved(self.before),
            moved(self.mirrored),
            tuple(block if block.real is None else replace(block, real=moved(block.real)) for block in self.blocks),
            moved(self.to_blocks),
            moved(self.from_blocks),
        )


def _blocks(falling: Indices, starts: Indices) -> tuple[tuple[Block, ...], Indices, NDArray[np.bool_]]:
    """Cut the rows into blocks; also return the token at each place of the concatenated blocks, and if it is real."""
    blocks, tokens, all_real = [], [], []
    for first, last in _cuts(falling):
        steps = np.arange(falling[first])[:, None]
        real = steps < falling[first:last]
        all_real.append(real.ravel())
        tokens.append((np.where(real, starts[steps], 0) + np.arange(first, last)).ravel())
        blocks.append(Block(len(steps), last - first, None if real.all() else torch.from_numpy(real)))
    return tuple(blocks), np.concatenate(tokens), np.concatenate(all_real)


def _cuts(falling: Indices) -> list[tuple[int, int]]:
    """Return (first, last + 1) of the blocks with the least padding and calls, by dynamic programming over lengths."""
    lengths, rows = np.unique(-falling, return_counts=True)
    sizes, ends = lengths**2, np.concatenate(([0], np.cumsum(rows)))
    cost, cut = np.zeros(len(ends)), [0]
    for last in range(1, len(ends)):
        choices = cost[:last] + _CALL + (ends[last] - ends[:last]) * sizes[:last]
        cut.append(int(choices.argmin()))
        cost[last] = choices[cut[-1]]
    found, last = [], len(ends) - 1
    while last:
        found.append((int(ends[cut[last]]), int(ends[last])))
        last = cut[last]
    return found[::-1]
