"""The in-process engine: multi-trial strategies without a process per trial, every network trained once and correctly.

What NNI's sequential engine lacks: a deadline, an evaluator fit for every trial, a memory of networks, and trials that
fail without ending the search.
"""

import math
from typing import Any

from nni.nas.execution import SequentialExecutionEngine
from nni.nas.execution.event import FinalMetricEvent, TrainingEndEvent
from nni.nas.space import ExecutableModelSpace, ModelStatus

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DivergedError
from nni_autoattend.strategy.fresh_evaluator import fresh_evaluator
from nni_autoattend.strategy.memory import Answer, TrialMemory


class InProcessEngine(SequentialExecutionEngine):  # type: ignore[misc]  # NNI has no types
    """Runs models one after the other in this process.

    A network that was trained before is answered from memory: this is no trial, and it costs no budget. A trial that
    diverges (``DivergedError``, or a final metric that is not finite) is a failed trial without a metric, which is how
    NNI tells strategies.

    Args:
        max_models: models that may be trained (``None``: no limit).
        deadline: no model is submitted after it.
        max_duration: seconds of training that all models together may take (``None``: no limit).
        continue_on_failure: whether a trial that raises anything else is a failed trial too, or ends the search.
        memory: what was trained; ``None``: a new one.
    """

    def __init__(
        self,
        max_models: int | None = None,
        deadline: Deadline | None = None,
        max_duration: float | None = None,
        continue_on_failure: bool = False,
        memory: TrialMemory | None = None,
    ) -> None:
        super().__init__(max_models, max_duration, continue_on_failure)
        self.deadline = deadline or Deadline()
        self.memory = TrialMemory() if memory is None else memory

    @property
    def trials(self) -> int:
        """Models that were trained, failed ones included."""
        return len(self._history)

    def budget_available(self) -> bool:
        """Tell whether another model may be submitted; the first one always may."""
        stopped = bool(self._history) and self.deadline.expired()
        return bool(super().budget_available()) and not stopped and not self.memory.exhausted

    def submit_models(self, *models: ExecutableModelSpace) -> None:
        """Train ``models`` one after the other, or answer them from memory; callbacks are told before this returns."""
        for model in models:
            answer = self.memory.recall(model)
            if answer is not None:
                self._answer(model, answer)
                continue
            super().submit_models(model)
            self.memory.remember(model)

    def dispatch_model_event(self, event: Any, **details: Any) -> None:
        """Tell the callbacks; a metric that is not finite is kept from them, and its trial ends as failed."""
        if isinstance(event, FinalMetricEvent) and event.model.sample is not None and _is_lost(event.metric):
            return
        if isinstance(event, TrainingEndEvent) and event.status == ModelStatus.Trained and _has_no_metric(event.model):
            event.status = ModelStatus.Failed
        super().dispatch_model_event(event, **details)

    def _run_single_model(self, model: ExecutableModelSpace) -> None:
        shared = model.evaluator
        if model.sample is not None:  # else a supernet, whose strategy asks this very evaluator for its winner
            model.evaluator = fresh_evaluator(shared)
        try:
            super()._run_single_model(model)
        except DivergedError:
            if model.sample is None:
                raise
            # Else a trial among others; the callbacks were told that it failed.
        finally:
            model.evaluator = shared

    def _answer(self, model: ExecutableModelSpace, answer: Answer) -> None:
        if answer.metric is not None:
            self.dispatch_model_event(FinalMetricEvent(model, answer.metric))
        self.dispatch_model_event(TrainingEndEvent(model, answer.status))


def _is_lost(metric: Any) -> bool:
    value = metric.get("default") if isinstance(metric, dict) else metric
    return isinstance(value, float) and not math.isfinite(value)


def _has_no_metric(model: ExecutableModelSpace) -> bool:
    return model.sample is not None and model.metric is None
