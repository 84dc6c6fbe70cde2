"""What is shipped is not tried; all else is, before there is a folder. Messages: tests/cli/test_bad_input.py."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import RecipeError
from nni_autoattend.experiment.own_classes import check_classes
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.progress import SilentObserver
from nni_autoattend.recipes import names


class TriedError(Exception):
    pass


@pytest.fixture(autouse=True)
def _trap(monkeypatch: pytest.MonkeyPatch) -> None:
    def trap(*arguments: Any) -> None:
        raise TriedError

    for module, name in (("strategy.table", "build_strategy"), ("space.table", "space_class")):
        stand_in = ModuleType(module)
        setattr(stand_in, name, trap)
        monkeypatch.setitem(sys.modules, f"nni_autoattend.{module}", stand_in)
    mutator = ModuleType("mutator")
    mutator.mutation_hooks = trap  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nni_autoattend.supernet.mutator", mutator)


def settings(strategy: str = "autoattend", **overrides: Any) -> Any:
    changed = {key.replace("__", "."): value for key, value in overrides.items()}
    return resolve_settings("autoattend-text", strategy, {"task": "listops"}, overrides=changed)


@pytest.mark.parametrize("strategy", names("strategies"))
def test_what_is_shipped_is_not_tried(strategy: str) -> None:
    check_classes(settings(strategy, strategy__search__epochs=1, space__genes__layers=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"strategy__arguments__paths": 3},
        {"strategy__class": "nni.nas.strategy:RandomOneShot"},
        {"strategy__kind": "multi-trial", "strategy__search__trials": 1},
        {"space__class": "collections:OrderedDict"},
    ],
)
def test_what_is_changed_is_tried(changes: dict[str, Any]) -> None:
    with pytest.raises(TriedError):
        check_classes(settings(**changes))


@pytest.mark.parametrize("key", ["space__class", "strategy__class"])
@pytest.mark.parametrize("name", ["nowhere_at_all.mod:Mine", "Mine", ":Mine", ".mine:Mine"])
def test_a_package_that_is_not_there_is_told_before_nni_is_imported(key: str, name: str) -> None:
    with pytest.raises(RecipeError, match=name.partition(".")[0]):
        check_classes(settings(**{key: name}))


def test_a_run_that_was_begun_is_not_tried_again(toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop(SilentObserver):
        def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
            raise KeyboardInterrupt

    def refuse(settings: Any) -> None:
        raise RecipeError("refused")

    with pytest.raises(KeyboardInterrupt):
        toy.search(tmp_path / "run", observer=Stop())
    monkeypatch.setattr("nni_autoattend.experiment.door.check_classes", refuse)
    with pytest.raises(RecipeError, match="refused"):
        toy.search(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert toy.search(tmp_path / "run", resume=True).state == "finished"
