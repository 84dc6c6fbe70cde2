from pathlib import Path
from random import Random
from typing import Any

import pytest

from nni_autoattend.errors import ExperimentError
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.nnictl.desk import Desk
from nni_autoattend.nnictl.driving import Drive
from nni_autoattend.nnictl.ledger import Ledger
from nni_autoattend.nnictl.parameters import BELOW_ALL, RETRAIN, SUPERNET, Order, by_rank


@pytest.fixture(scope="module")
def settings() -> RunSettings:
    overrides = {"space.genes.layers": 2, "retrain.top_k": 2}
    return resolve_settings("autoattend-text-small", "autoattend", {"task": "listops"}, overrides=overrides)


class Answering:
    """A manager that asks for one trial more after every trial, and answers each at once."""

    def __init__(self, settings: RunSettings, folder: Path, limit: int | None = None) -> None:
        run = RunFolder(folder / "run")
        if not run.described:
            run.describe(settings, "print", "command")
        self.settings, self.ledger = settings, Ledger(run, settings)
        self.desk = Desk(self.send, limit)
        self.sent: list[Order] = []
        self.failing: set[int] = set()
        self.desk.request(range(100))

    def send(self, number: int, parameters: dict[str, Any]) -> None:
        self.sent.append(Order.from_parameters(parameters))
        failed = len(self.sent) - 1 in self.failing
        self.desk.result(number, None if failed else self.value(self.sent[-1]))

    def value(self, order: Order) -> Any:
        if order.phase == RETRAIN:
            return 0.5
        rng = Random(0)
        items = [{"fitness": 0.5, "architecture": self.settings.space.genes.random(rng).to_json()} for _ in range(3)]
        return {"default": BELOW_ALL, "found": by_rank(items)}

    def drive(self, recovered: dict[int, Order] | None = None) -> str:
        return Drive(self.settings, Order({}, None, "mine", "0"), self.desk, self.ledger, recovered or {}).run()

    @property
    def phases(self) -> list[str | None]:
        return [order.phase for order in self.sent]


def test_supernet_then_the_best_it_found(settings: RunSettings, tmp_path: Path) -> None:
    manager = Answering(settings, tmp_path)
    assert manager.drive() == "the 2 best architectures of the supernet are retrained"
    assert manager.phases == [SUPERNET, RETRAIN, RETRAIN]
    assert {(order.strategy, order.settings) for order in manager.sent} == {("mine", "0")}


def test_nothing_is_done_again(settings: RunSettings, tmp_path: Path) -> None:
    Answering(settings, tmp_path).drive()
    again = Answering(settings, tmp_path)
    again.drive()
    assert again.sent == []


def test_a_failed_supernet_is_tried_again_but_not_for_ever(settings: RunSettings, tmp_path: Path) -> None:
    manager = Answering(settings, tmp_path / "a")
    manager.failing = {0, 1}
    manager.drive()
    assert manager.phases == [SUPERNET] * 3 + [RETRAIN] * 2
    manager = Answering(settings, tmp_path / "b")
    manager.failing = {0, 1, 2}
    with pytest.raises(ExperimentError, match="failed 3 times"):
        manager.drive()
    assert manager.phases == [SUPERNET] * 3


def test_the_limit_is_kept(settings: RunSettings, tmp_path: Path) -> None:
    manager = Answering(settings, tmp_path / "a", limit=2)
    manager.drive()
    assert manager.phases == [SUPERNET, RETRAIN]
    manager = Answering(settings, tmp_path / "b", limit=1)
    manager.failing = {0}
    with pytest.raises(ExperimentError, match="maxTrialNumber leaves no other"):
        manager.drive()


@pytest.mark.parametrize("phase", [SUPERNET, RETRAIN])
def test_what_nni_started_again_is_not_ordered_again(phase: str, settings: RunSettings, tmp_path: Path) -> None:
    first = Answering(settings, tmp_path / "first")
    first.drive()
    again = Answering(settings, tmp_path / "again")
    number = first.phases.index(phase)
    if phase == RETRAIN:
        again.ledger.record(first.sent[0], first.value(first.sent[0]))
    again.desk.expect([700])
    again.desk.result(700, first.value(first.sent[number]))
    again.drive({700: first.sent[number]})
    assert again.sent == [order for order in first.sent[number:] if order != first.sent[number]]
    assert [event.architecture for event in again.ledger.candidates(RETRAIN)] == [
        event.architecture for event in first.ledger.candidates(RETRAIN)
    ]
