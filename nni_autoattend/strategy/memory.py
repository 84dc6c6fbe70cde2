"""What an engine remembers of finished trials: a network that was trained before is answered, not trained again."""

from collections.abc import Hashable
from dataclasses import dataclass

from nni.nas.space import ExecutableModelSpace, ModelStatus

from nni_autoattend.strategy.network_key import NetworkKey

IN_A_ROW = 1000
"""So many answers from memory one after the other, and the strategy has nothing new to propose."""


def complaint(in_a_row: int, distinct: int) -> str:
    """Say, for the person, why a strategy was stopped that only proposes what was trained before.

    Args:
        in_a_row: proposals of known networks, one after the other.
        distinct: networks that were trained.
    """
    return (
        f"the strategy was stopped: it proposed {in_a_row:,} networks in a row that were trained before; "
        f"{distinct:,} distinct networks were tried"
    )


@dataclass(frozen=True)
class Answer:
    """How a trial ended: its status, and its final metric (``None``: it failed)."""

    status: ModelStatus
    metric: float | None


class TrialMemory:
    """Finished trials by network (``NetworkKey``); one memory serves one search.

    A model without a sample (the supernet of a one-shot strategy) is never remembered.

    Args:
        limit: answers in a row after which the memory calls the strategy exhausted.
    """

    def __init__(self, limit: int = IN_A_ROW) -> None:
        self.limit = limit
        self.in_a_row = 0
        self._answers: dict[Hashable, Answer] = {}
        self._network_key: NetworkKey | None = None

    def __len__(self) -> int:
        """Distinct networks whose trials are over."""
        return len(self._answers)

    def recall(self, model: ExecutableModelSpace) -> Answer | None:
        """Return how the trial of the same network ended, ``None`` where there was none, and count answers in a row."""
        answer = self._answers.get(self._key(model)) if model.sample is not None else None
        self.in_a_row = 0 if answer is None else self.in_a_row + 1
        return answer

    def remember(self, model: ExecutableModelSpace) -> None:
        """Keep status and metric of a model whose trial is over."""
        if model.sample is not None:
            self._answers[self._key(model)] = Answer(model.status, model.metric)

    @property
    def exhausted(self) -> bool:
        """Whether the strategy proposed nothing new for so long that it should be stopped."""
        return self.in_a_row >= self.limit

    @property
    def complaint(self) -> str:
        """Why an exhausted strategy was stopped, for the person."""
        return complaint(self.in_a_row, len(self))

    def _key(self, model: ExecutableModelSpace) -> Hashable:
        if self._network_key is None:
            self._network_key = NetworkKey(model)
        return self._network_key(model.sample)
