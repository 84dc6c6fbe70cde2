from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nni.nas.execution.event import ModelEventType
from nni.nas.space import ModelStatus, SimplifiedModelSpace
from nni.nas.strategy import Random

from nni_autoattend.architecture import AdditionLayer, Architecture
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.nnictl.desk import Desk
from nni_autoattend.nnictl.engine import BridgeEngine
from nni_autoattend.nnictl.ledger import Ledger, score_of
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.nnictl.strategy_run import _NO_DATA
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy import memory

ONE = Architecture((AdditionLayer(0, "identity", "conv1"),))
ONE_TOO = Architecture((AdditionLayer(0, "conv1", "identity"),))
"""Operands on one state commute: the network of ``ONE``."""
OTHER = Architecture((AdditionLayer(0, "conv1", "zero"),))


@pytest.fixture(scope="module")
def settings() -> RunSettings:
    return resolve_settings(
        "autoattend-text-addition",
        "random",
        {"task": "listops"},
        overrides={"space.genes.layers": 1, "space.genes.operations": ["zero", "identity", "conv1"]},
    )


class Bridge:
    """An engine whose manager asks for trials without end."""

    def __init__(self, settings: RunSettings, folder: Path, limit: int | None = None) -> None:
        run = RunFolder(folder / "run")
        run.describe(settings, "print", "command")
        self.sent: dict[int, dict[str, Any]] = {}
        self.desk = Desk(self.sent.__setitem__, limit)
        self.desk.request(range(10_000))
        self.engine = BridgeEngine(self.desk, Ledger(run, settings), Order(strategy="random", settings="0"))
        self.space = SimplifiedModelSpace.from_model(TextSpace.from_recipe(settings.space, _NO_DATA["text"]))
        self.genes = settings.space.genes
        self.told: list[tuple[str, Any]] = []
        self.engine.register_model_event_callback(
            ModelEventType.FinalMetric, lambda event: self.told.append(("metric", event.metric))
        )
        self.engine.register_model_event_callback(
            ModelEventType.TrainingEnd, lambda event: self.told.append(("end", event.status.value))
        )

    def model(self, architecture: Architecture) -> Any:
        return self.space.freeze(self.genes.to_sample(architecture))

    def result(self, number: int, value: Any) -> None:
        self.desk.result(number, value if score_of(value) is not None else None)


@pytest.fixture
def make_bridge(settings: RunSettings, tmp_path: Path) -> Callable[..., Bridge]:
    return lambda limit=None: Bridge(settings, tmp_path, limit)


def test_a_model_becomes_a_trial_and_its_result_an_event(make_bridge: Callable[..., Bridge]) -> None:
    bridge = make_bridge()
    model = bridge.model(ONE)
    bridge.engine.submit_models(model)
    assert bridge.sent == {0: {"strategy": "random", "settings": "0", **model.sample}}
    assert model.status == ModelStatus.Training and bridge.told == []
    bridge.result(0, {"default": 0.5})
    assert bridge.told == [("metric", 0.5), ("end", "trained")]
    assert (model.metric, model.status) == (0.5, ModelStatus.Trained)
    assert list(bridge.engine.list_models(ModelStatus.Trained)) == [model]


def test_a_network_is_trained_once_before_during_and_after(make_bridge: Callable[..., Bridge]) -> None:
    bridge = make_bridge(limit=1)
    first, during = bridge.model(ONE), bridge.model(ONE_TOO)
    bridge.engine.submit_models(first, during)
    bridge.result(0, 0.5)
    after = bridge.model(ONE_TOO)
    bridge.engine.submit_models(after)
    assert [model.metric for model in (first, during, after)] == [0.5] * 3
    assert len(bridge.sent) == bridge.desk.started == 1  # answers from memory cost no trial
    assert bridge.engine.repeats == 2


@pytest.mark.parametrize("value", [None, float("nan"), {"accuracy": 1.0}])
def test_a_failed_trial_has_no_metric(value: Any, make_bridge: Callable[..., Bridge]) -> None:
    bridge = make_bridge()
    model = bridge.model(ONE)
    bridge.engine.submit_models(model)
    bridge.result(0, value)
    bridge.desk.ended(0)
    assert bridge.told == [("end", "failed")]
    assert (model.metric, model.status) == (None, ModelStatus.Failed)


def test_a_trial_that_nni_started_again_is_shared(make_bridge: Callable[..., Bridge]) -> None:
    bridge = make_bridge()
    bridge.engine.adopt(77, Order(bridge.genes.to_sample(ONE)))
    model, other = bridge.model(ONE_TOO), bridge.model(OTHER)
    bridge.engine.submit_models(model, other)
    assert len(bridge.sent) == 1
    bridge.result(77, 0.25)
    assert (model.metric, other.metric) == (0.25, None)


@pytest.mark.timeout(120)
def test_a_strategy_that_repeats_itself_is_stopped_and_told_why(
    make_bridge: Callable[..., Bridge], monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = make_bridge()
    monkeypatch.setattr(bridge.desk, "_send_trial", lambda number, order: bridge.result(number, 0.5))
    Random(dedup=False, seed=0)(bridge.space, bridge.engine)
    assert bridge.engine.exhausted
    networks = len(bridge.engine.ledger.candidates())
    assert networks == 5  # zero, and identity and conv1 in pairs: 2 + 3
    assert bridge.engine.complaint == (
        f"the strategy was stopped: it proposed {memory.IN_A_ROW:,} networks in a row that were trained before; "
        "5 distinct networks were tried"
    )


def test_no_budget_and_no_room(make_bridge: Callable[..., Bridge]) -> None:
    bridge = make_bridge(limit=1)
    assert bridge.engine.idle_worker_available() and bridge.engine.budget_available()
    bridge.engine.submit_models(bridge.model(ONE))
    assert not bridge.engine.budget_available()
    bridge.engine.shutdown()
    assert bridge.desk.closed
