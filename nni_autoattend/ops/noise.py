"""The randomness of one forward pass, at little cost.

torch draws a number for each element that dropout decides on, on a CPU 20 ns apiece: a quarter of a supernet's step.
Here 32 neighbours share one draw: it picks one of 32,768 masks that were drawn once. Over all masks exactly the wanted
share of each position is dropped, so every element is dropped with the wanted probability; neighbours depend on each
other only through the finite number of masks. Masks are drawn for many elements at once.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

_MASKS = 2**15
_TOGETHER = 32
"""Elements that one mask covers."""
_AT_ONCE = 2**18
"""Elements that are decided on at once; a megabyte, which stays in the cache until it is used up."""


class Noise:
    """What dropout multiplies with, on a CPU; one for each forward pass, so that nothing of an earlier one is left.

    Rates are rounded to a multiple of 2^-15.

    Args:
        dtype: of the states.
        seed: fixes what is drawn; ``None``: torch's global generator is used.
    """

    def __init__(self, dtype: torch.dtype, seed: int | None = None) -> None:
        self._dtype = dtype
        self._generator = None if seed is None else torch.Generator().manual_seed(seed)
        self._left: dict[float, Tensor] = {}

    def survivors(self, shape: Sequence[int], rate: float) -> Tensor:
        """Return zero where an element is dropped and 1 / (1 - ``rate``) where it stays."""
        count = math.prod(shape)
        left = self._left.get(rate)
        if left is None or len(left) < count:
            left = self._draw(max(count, _AT_ONCE), rate)
        self._left[rate] = left[count:]
        return left[:count].view(tuple(shape))

    def _draw(self, count: int, rate: float) -> Tensor:
        covered = -(-count // _TOGETHER)
        draws = torch.empty((covered + 3) // 4, dtype=torch.int64)  # four choices each
        draws.random_(-(2**63), None, generator=self._generator)
        chosen = draws.view(torch.int16)[:covered].to(torch.int32).bitwise_and_(_MASKS - 1)
        return _table(rate, self._dtype).index_select(0, chosen).view(-1)


def share_dropped(rate: float) -> float:
    """Return the share of masks in which an element is dropped: ``rate``, rounded."""
    return min(round(rate * _MASKS), _MASKS - 1) / _MASKS


@lru_cache(maxsize=8)
def _table(rate: float, dtype: torch.dtype) -> Tensor:
    """Return all masks, (32768, 32); in each column the same share is zero. The same in every process."""
    generator = torch.Generator().manual_seed(0)
    ranks = torch.rand(_MASKS, _TOGETHER, generator=generator).argsort(dim=0).argsort(dim=0)
    dropped = share_dropped(rate)
    return (ranks >= round(dropped * _MASKS)).to(dtype).div_(1 - dropped)
