"""Training and search batches side by side, for strategies that learn weights from one and alphas from the other."""

from collections.abc import Iterator
from typing import Any

from nni_autoattend.errors import DataError


class PairedBatches:
    """Yields ``{"train": batch, "val": batch}`` for every training batch; validation starts over when it is used up.

    Lightning's own combination of two loaders would make the epoch as long as the longer one. Validation items come in
    the batches of an evaluation, by length and large; here they are shuffled and cut as the training items are. Other
    loaders than ours are taken as they are.

    Args:
        train: batches that the weights learn from.
        validation: batches that the alphas learn from.
    """

    def __init__(self, train: Any, validation: Any) -> None:
        self.train, self.validation = train, _like_training(train, validation)

    def __len__(self) -> int:
        """Training batches in an epoch."""
        return len(self.train)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the pairs of the training loader's epoch.

        Raises:
            DataError: there is no validation batch.
        """
        validation = self._validation()
        for batch in self.train:
            yield {"train": batch, "val": next(validation)}

    def _validation(self) -> Iterator[Any]:
        """Yield validation batches without end, each pass over them in an order of its own."""
        passes = 0
        if hasattr(self.validation, "like"):  # a loader of ours; those of earlier epochs
            passes = self.train.epoch * -(-len(self.train) // max(1, len(self.validation)))
        while True:
            if hasattr(self.validation, "like"):
                self.validation.set_epoch(passes)
            batch = None
            for batch in self.validation:
                yield batch
            if batch is None:
                raise DataError("there is no validation batch for the weights of the choices to learn from")
            passes += 1


def _like_training(train: Any, validation: Any) -> Any:
    return validation.like(train) if hasattr(validation, "like") and isinstance(train, type(validation)) else validation
