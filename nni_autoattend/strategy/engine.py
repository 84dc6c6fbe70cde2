"""NNI's sequential engine with a deadline: strategies run in this process and stop cleanly when the time is up."""

from nni.nas.execution import SequentialExecutionEngine

from nni_autoattend.budget import Deadline


class InProcessEngine(SequentialExecutionEngine):  # type: ignore[misc]  # NNI has no types
    """Runs models one after the other in this process.

    Args:
        max_models: models that may be submitted (``None``: no limit).
        deadline: no model is submitted after it.
    """

    def __init__(self, max_models: int | None = None, deadline: Deadline | None = None) -> None:
        super().__init__(max_model_count=max_models)
        self.deadline = deadline or Deadline()

    def budget_available(self) -> bool:
        """Tell whether another model may be submitted; the first one always may."""
        started = bool(self._history)
        return bool(super().budget_available()) and not (started and self.deadline.expired())
