"""What every step of a run works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.retrained_shape import retrained_shape
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.history import History
from nni_autoattend.journal import Journal
from nni_autoattend.progress import Observer, SilentObserver
from nni_autoattend.settings import NetworkShape

if TYPE_CHECKING:
    from nni_autoattend.datasets.by_modality import PreparedData


@dataclass
class Bench:
    """The surroundings of a run's work.

    Attributes:
        folder: where results go.
        settings: what was asked for.
        data: the encoded data.
        journal: finished work.
        history: figures of every training.
        deadline: end of the wall-clock budget.
        observer: told of progress.
        notes: sentences for the reader of the report, in the order they came up.
    """

    folder: RunFolder
    settings: RunSettings
    data: PreparedData
    journal: Journal = field(default_factory=Journal)
    history: History = field(default_factory=History)
    deadline: Deadline = field(default_factory=Deadline)
    observer: Observer = field(default_factory=SilentObserver)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Tell the person now and the reader of the report later; the same thing is told once."""
        if text not in self.notes:
            self.notes.append(text)
            self.observer.say(text)

    @property
    def retrain_shape(self) -> NetworkShape:
        """Widths and rates of what is trained from scratch."""
        return retrained_shape(self.settings.space.search, self.settings.retrain)


@contextmanager
def torch_threads(threads: int | None) -> Iterator[None]:
    """Let torch use ``threads`` threads while the block runs (``None``: as many as it does now)."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
