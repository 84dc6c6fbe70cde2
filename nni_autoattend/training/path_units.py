"""How much of a step runs at once: as many paths and texts as memory bears."""

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor

from nni_autoattend.datasets.batches import TextInput

_TOKENS_AT_ONCE = {"cpu": 3_000, "cuda": 500_000}
"""Tokens times paths. Training keeps some 120 kB for each at 24 layers and width 64; on a CPU more at once is hardly
faster, a GPU wants as many as it can hold."""


class PathUnit(NamedTuple):
    """What one forward and backward pass takes on.

    Attributes:
        paths: which of the step's paths.
        text: which of its texts.
        labels: their classes.
        share: the part of the step's texts that they are.
    """

    paths: slice
    text: TextInput
    labels: Tensor
    share: float


def path_units(text: TextInput, labels: Tensor, paths: int, most: int | None = None) -> Iterator[PathUnit]:
    """Cut a step into units of at most ``most`` tokens times paths, but at least one text on one path."""
    most = most or _TOKENS_AT_ONCE.get(labels.device.type, _TOKENS_AT_ONCE["cpu"])
    for texts in text.cut(most):
        whole = texts == slice(0, text.texts)
        part = text if whole else text.take(texts)
        together = max(1, most // part.layout.tokens)
        for first in range(0, paths, together):
            chosen = slice(first, min(first + together, paths))
            yield PathUnit(chosen, part, labels[texts], part.texts / text.texts)
