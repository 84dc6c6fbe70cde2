"""What training, evaluation and strategies may ask of batches, whatever the data are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11

    import torch
    from torch import Tensor


class Input(Protocol):
    """What a network is given: N items (texts, nodes) that it shall say something of."""

    @property
    def layout(self) -> Any:
        """How the rows (tokens, nodes) that the items are made of hang together; ``layout.tokens`` is their number."""
        ...

    @property
    def texts(self) -> int:
        """N."""
        ...

    def cut(self, most: int) -> list[slice]:
        """Return runs of items of at most ``most`` rows each, as far as items can be taken apart."""
        ...

    def take(self, texts: slice) -> Self:
        """Return the batch of a run of its items."""
        ...

    def with_unlabelled(self) -> Self:
        """Return the batch with what else may be asked for, in rows after its own; nobody knows their labels."""
        ...

    def to(self, device: torch.device | str) -> Self:
        """Return the same batch on ``device``."""
        ...


class DistinctBatches(NamedTuple):
    """The distinct items of N, batched; built once, read by every evaluation.

    Attributes:
        batches: each distinct item once.
        rows: (N,) int64, for each of the N items its row in the concatenated results of ``batches``.
    """

    batches: list[Any]
    rows: Tensor


class Part(Protocol):
    """A part of the data: items and their labels."""

    @property
    def labels(self) -> Tensor:
        """(N,) int64 classes; (N, K) float of zeros and ones where an item may have several."""
        ...

    def __len__(self) -> int: ...


class Loader(Protocol):
    """Batches of a part, in an order that depends on nothing but (seed, epoch)."""

    @property
    def dataset(self) -> Part:
        """The part."""
        ...

    @property
    def distinct(self) -> DistinctBatches:
        """The part's distinct items in batches: what an evaluation reads."""
        ...

    def __len__(self) -> int:
        """Batches in an epoch."""
        ...

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of epoch ``epoch``."""
        ...

    def start_at(self, batch: int) -> Iterator[tuple[Any, Tensor]]:
        """Yield the batches of the epoch, with their labels, from number ``batch`` on."""
        ...
