"""The search of an experiment, run in the tuner's own thread: a strategy over trials, or a supernet and retraining."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from nni_autoattend.architecture import Architecture
from nni_autoattend.errors import ExperimentError
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.nnictl.desk import Desk
from nni_autoattend.nnictl.ledger import Ledger, key_of
from nni_autoattend.nnictl.parameters import RETRAIN, SUPERNET, Order

SUPERNET_TRIES = 3
"""So often a supernet is tried; each trial goes on from the checkpoint of the one before, where the disk is shared."""


@dataclass
class Drive:
    """What a search works with.

    Attributes:
        settings: of the experiment.
        order: a trial's order without its phase and genes.
        desk: takes orders.
        ledger: remembers results.
        recovered: trials that NNI itself has started again, by parameter number.
    """

    settings: RunSettings
    order: Order
    desk: Desk
    ledger: Ledger
    recovered: Mapping[int, Order]

    def run(self) -> str:
        """Search until there is nothing more to try and every trial is over; return why it ended, for the person.

        Raises:
            AutoAttendError: the search cannot go on.
        """
        told = self._supernet() if self.settings.strategy.kind == "one-shot" else self._trials()
        self.desk.wait()
        return told

    def _trials(self) -> str:
        from nni_autoattend.nnictl.strategy_run import run_strategy  # torch and nni.nas: a dozen seconds

        return run_strategy(self.settings, self.order, self.desk, self.ledger, self.recovered)

    def _supernet(self) -> str:
        """Have the supernet trained by a trial of its own, then the architectures that it found by one each."""
        waiting = dict(self.recovered)
        for tried in range(SUPERNET_TRIES):
            if self.ledger.found:
                break
            if tried and not self.desk.may_order:
                raise ExperimentError("the supernet's trial failed and maxTrialNumber leaves no other")
            self._have(Order({}, SUPERNET, self.order.strategy, self.order.settings), waiting)
            self.desk.wait()
        if not self.ledger.found:
            raise ExperimentError(f"the supernet's trial failed {SUPERNET_TRIES} times; its stderr says why")
        chosen = [found.architecture for found in self.ledger.found[: self.settings.retrain.top_k]]
        for architecture in chosen:
            self._retrain(architecture, waiting)
        return f"the {len(chosen)} best architectures of the supernet are retrained"

    def _retrain(self, architecture: Architecture, waiting: dict[int, Order]) -> None:
        if self.ledger.fitness(architecture, RETRAIN) is None and self.desk.may_order:
            genes = self.settings.space.genes.to_sample(architecture)
            self._have(Order(genes, RETRAIN, self.order.strategy, self.order.settings), waiting)

    def _have(self, order: Order, waiting: dict[int, Order]) -> None:
        """Order a trial, unless NNI has started the same one again by itself."""
        done = partial(self._done, order)
        for number, recovered in waiting.items():
            if self._equal(order, recovered):
                waiting.pop(number)
                self.desk.adopt(number, done)
                return
        self.desk.order(order, done)

    def _equal(self, order: Order, other: Order) -> bool:
        if order.phase != other.phase or order.phase == SUPERNET:
            return order.phase == other.phase
        read = self.settings.space.genes.from_sample
        return key_of(read(order.genes)) == key_of(read(other.genes))

    def _done(self, order: Order, value: Any, job: str | None) -> None:
        if value is not None:
            self.ledger.record(order, value, job)
