"""The batches of an epoch, from any position, for any loader: what a resumed phase needs to go on where it stood."""

from collections.abc import Iterator
from typing import Any

from nni_autoattend.training.checkpoint import random_states, restore_random_states


class BatchStream:
    """Epochs of a loader whose position can be saved.

    A loader of ours orders an epoch by (seed, epoch) and starts anywhere. Any other loader (a shuffling
    ``DataLoader``) draws its order from the global generators when iteration starts: their state at that moment is
    kept, and a resumed stream starts the iteration from it and passes over the batches that were used.
    """

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self._epoch_start: dict[str, Any] | None = None

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self.loader)

    def epoch(self, number: int, done: int, epoch_start: dict[str, Any] | None) -> Iterator[tuple[int, Any]]:
        """Yield (position, batch) of epoch ``number`` from position ``done`` on.

        Args:
            number: epoch, from 0.
            done: batches of it that were used before.
            epoch_start: ``state()`` of the interrupted epoch; ``None`` starts a new one.
        """
        if hasattr(self.loader, "set_epoch"):
            self.loader.set_epoch(number)
        if hasattr(self.loader, "start_at"):
            return enumerate(self.loader.start_at(done), start=done)
        return enumerate(self._replayed(done, epoch_start), start=done)

    def state(self) -> dict[str, Any] | None:
        """Return what ``epoch`` needs to come back to the running epoch."""
        return self._epoch_start

    def _replayed(self, done: int, epoch_start: dict[str, Any] | None) -> Iterator[Any]:
        now = random_states()
        if epoch_start is not None:
            restore_random_states(epoch_start)
        self._epoch_start = random_states()
        batches: Iterator[Any] = iter(self.loader)
        for _ in range(done):
            next(batches)
        if epoch_start is not None:
            restore_random_states(now)
        return batches
