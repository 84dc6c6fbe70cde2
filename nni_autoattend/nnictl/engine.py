"""The execution engine on which unmodified NNI strategies drive the trials of an ``nnictl`` experiment."""

from collections.abc import Iterable
from functools import partial
from threading import Lock
from typing import Any

from nni.nas.execution import ExecutionEngine
from nni.nas.execution.event import FinalMetricEvent, TrainingEndEvent
from nni.nas.space import ExecutableModelSpace, ModelStatus

from nni_autoattend.architecture import Architecture
from nni_autoattend.nnictl.desk import Desk
from nni_autoattend.nnictl.ledger import Ledger, key_of
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.strategy.memory import IN_A_ROW, complaint

_PATIENCE = 60.0  # seconds that a strategy's question for room may wait for an answer


class BridgeEngine(ExecutionEngine):  # type: ignore[misc]  # NNI has no types
    """Hands models to NNI's manager as trials, and their results back to the strategy.

    Equal networks are trained once: a known one is answered from memory at once, which is no trial; one that is being
    trained has its result shared. A trial that fails ends its models as ``Failed`` without a metric.

    Args:
        desk: hands out trials.
        ledger: remembers their results.
        order: what a trial shall do besides its genes.
    """

    def __init__(self, desk: Desk, ledger: Ledger, order: Order) -> None:
        super().__init__()
        self.desk, self.ledger, self._order = desk, ledger, order
        self._models: list[ExecutableModelSpace] = []
        self._training: dict[str, list[ExecutableModelSpace]] = {}
        self._lock = Lock()  # a result may come while its network is proposed again
        self.repeats = 0

    @property
    def exhausted(self) -> bool:
        """Whether the strategy proposes nothing new any more."""
        return self.repeats >= IN_A_ROW

    @property
    def complaint(self) -> str:
        """Why an exhausted strategy was stopped, for the person."""
        return complaint(self.repeats, len(self.ledger.candidates()))

    def adopt(self, number: int, order: Order) -> None:
        """Expect the result of a trial that NNI itself has started again."""
        architecture = self._architecture(order.genes)
        self._training.setdefault(key_of(architecture), [])
        self.desk.adopt(number, partial(self._done, order, architecture))

    def submit_models(self, *models: ExecutableModelSpace) -> None:
        """Order a trial for each model whose network is new."""
        for model in models:
            self._models.append(model)
            model.status = ModelStatus.Training
            self._submit(model, self._architecture(model.sample))

    def list_models(self, status: ModelStatus | None = None) -> Iterable[ExecutableModelSpace]:
        """Return the models that were submitted, those of ``status`` where one is named."""
        return [model for model in self._models if status is None or model.status == status]

    def idle_worker_available(self) -> bool:
        """Tell whether the manager waits for a trial; waits itself for a while, because NNI's strategies only poll."""
        return self.desk.room(_PATIENCE)

    def budget_available(self) -> bool:
        """Tell whether another trial may be ordered."""
        return self.desk.may_order and not self.exhausted

    def shutdown(self) -> None:
        """Take no more models."""
        self.desk.close()

    def state_dict(self) -> dict[str, Any]:
        """Return nothing: results are in the ledger."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Do nothing: results are in the ledger."""

    def _architecture(self, sample: dict[str, Any]) -> Architecture:
        return self.ledger.settings.space.genes.from_sample(sample)

    def _submit(self, model: ExecutableModelSpace, architecture: Architecture) -> None:
        key = key_of(architecture)
        with self._lock:
            fitness = self.ledger.fitness(architecture)
            new = fitness is None and key not in self._training
            self.repeats = 0 if new else self.repeats + 1
            if fitness is None:
                self._training.setdefault(key, []).append(model)
        if fitness is not None:
            self._end([model], fitness)
        elif new:
            order = Order(dict(model.sample), None, self._order.strategy, self._order.settings)
            self.desk.order(order, partial(self._done, order, architecture))

    def _done(self, order: Order, architecture: Architecture, value: Any, job: str | None) -> None:
        with self._lock:
            fitness = None if value is None else self.ledger.record(order, value, job)
            models = self._training.pop(key_of(architecture), [])
        self._end(models, fitness)

    def _end(self, models: Iterable[ExecutableModelSpace], fitness: float | None) -> None:
        for model in models:
            if fitness is not None:
                self.dispatch_model_event(FinalMetricEvent(model, fitness))
            status = ModelStatus.Failed if fitness is None else ModelStatus.Trained
            self.dispatch_model_event(TrainingEndEvent(model, status))
