"""NNI's ENAS on a current Lightning.

NNI's training step unpacks a batch as (batch, batch index, loader index), which its ``ConcatLoader`` yields on
Lightning 2.0 alone; on later ones the loaders themselves must yield that triple. Everything else is NNI's own.
"""

from collections.abc import Callable, Iterator
from typing import Any

from nni_autoattend.supernet.nni_bases import NniEnas


class ENAS(NniEnas):  # type: ignore[misc]  # NNI has no types
    """NNI's ENAS, its arguments unchanged; ``reward_metric_name`` is best given (``val_acc``)."""

    def train_dataloader(self, train_dataloader_fn: Callable[[], Any], val_dataloader_fn: Callable[[], Any]) -> Any:
        """Return the training batches followed by the validation batches, each marked with where it comes from."""
        return MarkedBatches(train_dataloader_fn(), val_dataloader_fn())

    def val_dataloader(self, train_dataloader_fn: Callable[[], Any], val_dataloader_fn: Callable[[], Any]) -> Any:
        """Return no validation batches of their own: ENAS takes them in its training epoch."""
        return []


class MarkedBatches:
    """Yields ``(batch, index, 0)`` for every training batch, then ``(batch, index, 1)`` for every validation batch."""

    def __init__(self, train: Any, validation: Any) -> None:
        self.train, self.validation = train, validation

    def __len__(self) -> int:
        """Batches of both."""
        return len(self.train) + len(self.validation)

    def __iter__(self) -> Iterator[tuple[Any, int, int]]:
        """Yield the marked batches."""
        for source, loader in enumerate((self.train, self.validation)):
            for index, batch in enumerate(loader):
                yield batch, index, source
