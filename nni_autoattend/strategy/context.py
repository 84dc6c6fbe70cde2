"""What surrounds a search: where its state is kept, who watches, when to stop."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from nni_autoattend.budget import Deadline
from nni_autoattend.history import History
from nni_autoattend.journal import Journal
from nni_autoattend.progress import Observer, SilentObserver

_SUPERNET_SHARE = 0.8
"""Part of a search's time that training a supernet may use; a search on an unsearched supernet would be a draw."""


@dataclass
class SearchContext:
    """Surroundings of a search; the defaults keep nothing, watch nothing and never stop.

    Attributes:
        folder: the run's folder; checkpoints go to ``folder/checkpoints``. ``None``: nothing is saved.
        seed: seed of everything random in the search.
        deadline: when to stop cleanly at the best so far.
        observer: who is told of progress.
        journal: finished evaluations, of this process and of the one that was killed.
        history: figures of training.
        checkpoint_minutes: the most work that a kill may cost.
        curve_paths: uniform paths whose mean score the observer is told after every epoch of a supernet (0: none).
        notes: sentences of the search for the person and for the reader of its report.
    """

    folder: Path | None = None
    seed: int = 0
    deadline: Deadline = field(default_factory=Deadline)
    observer: Observer = field(default_factory=SilentObserver)
    journal: Journal = field(default_factory=Journal)
    history: History = field(default_factory=History)
    checkpoint_minutes: float = 5.0
    curve_paths: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def checkpoints(self) -> Path | None:
        """Folder of the checkpoints."""
        return None if self.folder is None else self.folder / "checkpoints"

    def first_phase(self) -> "SearchContext":
        """Return the same surroundings for a supernet phase, whose deadline leaves time for the search on it."""
        return replace(self, deadline=self.deadline.share(_SUPERNET_SHARE))
