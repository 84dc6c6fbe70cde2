"""How much of a step runs at once: as many paths and items as memory bears."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from nni_autoattend.datasets.loader import Input

_TOKENS_AT_ONCE = {"cpu": 3_000, "cuda": 500_000}
"""Tokens times paths, of all threads together. Training keeps some 120 kB for each at 24 layers and width 64; on a CPU
more at once is hardly faster, a GPU wants as many as it can hold."""


class PathUnit(NamedTuple):
    """What one forward and backward pass takes on.

    Attributes:
        paths: which of the step's paths.
        items: which of its items.
        labels: their labels.
        share: the part of the step's items that they are.
    """

    paths: slice
    items: Input
    labels: Tensor
    share: float


def tokens_at_once(device: torch.device) -> int:
    """Return how many tokens times paths may be between forward and backward on ``device``."""
    return _TOKENS_AT_ONCE.get(device.type, _TOKENS_AT_ONCE["cpu"])


def path_units(items: Input, labels: Tensor, paths: int, most: int, workers: int = 1) -> Iterator[PathUnit]:
    """Cut a step into units of at most ``most`` tokens (or nodes) times paths, but at least one item on one path.

    Units of like size follow each other, a multiple of ``workers`` where the paths suffice, so that nobody waits long.
    """
    for run in items.cut(most):
        whole = run == slice(0, items.texts)
        part = items if whole else items.take(run)
        together = max(1, most // part.layout.tokens)
        rounds = math.ceil(paths / together / workers)
        for chosen in _even_parts(paths, rounds * workers):
            yield PathUnit(chosen, part, labels[run], part.texts / items.texts)


def _even_parts(count: int, parts: int) -> Iterator[slice]:
    """Cut ``count`` things into ``parts`` slices, or one for each thing, whose sizes differ by one at most."""
    parts = min(parts, count)
    ends = [count * part // parts for part in range(parts + 1)]
    yield from map(slice, ends, ends[1:])
