from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.nnictl.desk import Desk
from nni_autoattend.nnictl.ledger import Ledger
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.nnictl.strategy_run import run_strategy

pytestmark = pytest.mark.timeout(180)


def settings_of(strategy: str, **overrides: Any) -> RunSettings:
    own = {"space.genes.layers": 1, "space.genes.operations": ["zero", "identity"], **overrides}
    return resolve_settings("autoattend-text-addition", strategy, {"task": "listops"}, overrides=own)


def run(settings: RunSettings, folder: Path, limit: int | None = None) -> tuple[str, list[dict[str, Any]]]:
    """Run the strategy under a manager that answers every trial at once; return why it ended, and the trials."""
    run_folder = RunFolder(folder / "run")
    run_folder.describe(settings, "print", "command")
    sent: list[dict[str, Any]] = []

    def send(number: int, parameters: dict[str, Any]) -> None:
        sent.append(parameters)
        desk.result(number, 0.5)

    desk = Desk(send, limit)
    desk.request(range(10_000))
    order = Order(strategy=settings.strategy.name, settings="0")
    return run_strategy(settings, order, desk, Ledger(run_folder, settings), {}), sent


def test_the_limit_ends_a_strategy(tmp_path: Path) -> None:
    told, sent = run(settings_of("random"), tmp_path, limit=1)
    assert told == "the trials are used up"
    assert len(sent) == 1


def test_a_small_space_ends_a_strategy(tmp_path: Path) -> None:
    """Two networks: identity with zero, and with itself."""
    told, sent = run(settings_of("random"), tmp_path)
    assert told == "the strategy has nothing more to propose"
    assert len(sent) == 2


def test_a_strategy_that_repeats_itself_is_stopped(tmp_path: Path) -> None:
    told, sent = run(settings_of("random", **{"strategy.arguments.dedup": False}), tmp_path)
    assert "1,000 networks in a row that were trained before; 2 distinct networks" in told
    assert len(sent) == 2


def test_arguments_that_cannot_be_are_told(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="regularized-evolution"):
        run(settings_of("regularized-evolution", **{"strategy.arguments.sample_size": 0}), tmp_path)


def test_a_graph_space_is_driven_like_any_other(tmp_path: Path) -> None:
    settings = resolve_settings("autoattend-graph", "random", {"task": "communities"})
    told, sent = run(settings, tmp_path, limit=2)
    assert told == "the trials are used up"
    assert [parameters["layer01_kind"] in ("addition", "attention") for parameters in sent] == [True, True]
