import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.errors import AutoAttendError
from nni_autoattend.genes import Genes
from nni_autoattend.nnictl.checks import check_class_args, check_experiment, check_search_space
from nni_autoattend.nnictl.search_space import search_space_json
from nni_autoattend.recipes import load_text

GENES = Genes(2, ("addition", "attention"), ("zero", "identity", "conv1"))
DATA: dict[str, Any] = {"task": "listops"}


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A code folder with a settings file whose recipe has the genes above."""
    overrides = {"space.genes.layers": 2, "space.genes.operations": ["zero", "identity", "conv1"]}
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "autoattend.yml").write_text(yaml.safe_dump({"data": DATA, "overrides": overrides}), encoding="utf-8")
    return folder


def config(**changes: Any) -> dict[str, Any]:
    ours = {"name": "AutoAttend", "classArgs": {"strategy": "enas"}}
    return {
        "searchSpace": search_space_json(GENES),
        "trialCommand": "'/my python' -m nni_autoattend.nnictl.trial autoattend.yml",
        "tuner": ours,
        **changes,
    }


def test_our_tuner_decides_the_strategy(code: Path) -> None:
    assert check_experiment(config(), code).strategy.name == "enas"


@pytest.mark.parametrize("name", ["TPE", "Random", "Evolution", "GridSearch"])
def test_nnis_own_tuners_take_the_settings_files(name: str, code: Path) -> None:
    assert check_experiment(config(tuner={"name": name}), code).strategy.name == "random"


def test_keys_are_read_as_nni_reads_them(code: Path) -> None:
    given = config(
        tuner={"class_name": "nni_autoattend.nnictl.tuner.AutoAttendTuner", "class_args": {"strategy": "nas"}}
    )
    with pytest.raises(AutoAttendError, match="unknown strategy 'nas'"):
        check_experiment(given, code)
    moved = config(trial_code_directory="code", search_space=None, searchSpace=search_space_json(GENES))
    assert check_experiment(moved, code.parent).space.genes == GENES


def test_a_search_space_in_a_file(code: Path) -> None:
    (code / "space.json").write_text(json.dumps(search_space_json(GENES)), encoding="utf-8")
    given = {**config(searchSpaceFile="space.json"), "searchSpace": None}
    assert check_experiment(given, code).space.genes == GENES
    (code / "space.json").write_text("{a: [", encoding="utf-8")
    with pytest.raises(AutoAttendError, match=r"space\.json is neither JSON nor YAML"):
        check_experiment(given, code)
    with pytest.raises(AutoAttendError, match=r"cannot read the search space none\.json"):
        check_experiment({**given, "searchSpaceFile": "none.json"}, code)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"strategi": "enas"}, r"unknown key 'strategi' \(did you mean 'strategy'"),
        ({}, "'strategy' is missing"),
        ({"strategy": 3}, "'strategy' is missing"),
        ({"strategy": "autoatend"}, r"unknown strategy 'autoatend' \(did you mean 'autoattend'"),
        ({"strategy": "my#own.yaml"}, "rename"),
        ({"strategy": "my//own.yaml"}, "rename"),
        ({"strategy": "own.yaml"}, r"cannot read the strategy recipe .*own\.yaml"),
        ({"strategy": "enas", "settings": "other.yml"}, r"cannot read the settings file .*other\.yml"),
    ],
)
def test_class_args_that_cannot_be(arguments: dict[str, Any], told: str, code: Path) -> None:
    with pytest.raises(AutoAttendError, match=told):
        check_class_args(arguments, code)


def test_a_strategy_of_ones_own_is_looked_for_where_trials_run(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    recipe = load_text("strategies", "random")
    for name, class_name in (
        ("mine", "my_own_search:Mine"),
        ("lost", "nowhere_to_be_found:Mine"),
        ("main", "__main__:M"),
    ):
        text = recipe.replace("nni.nas.strategy:Random", class_name)
        (code / f"{name}.yaml").write_text(text, encoding="utf-8")
    (code / "my_own_search.py").write_text("", encoding="utf-8")
    assert check_class_args({"strategy": "mine.yaml"}, code).strategy.class_name == "my_own_search:Mine"
    with pytest.raises(AutoAttendError, match="cannot import 'nowhere_to_be_found'"):
        check_class_args({"strategy": "lost.yaml"}, code)
    with pytest.raises(AutoAttendError, match="'__main__:M' lies in the program that runs; put it into a module"):
        check_class_args({"strategy": "main.yaml"}, code)


def test_the_order_of_a_search_space_is_free() -> None:
    space = search_space_json(GENES)
    turned = {label: {**choice, "_value": choice["_value"][::-1]} for label, choice in reversed(space.items())}
    check_search_space(turned, GENES)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"layer01_kinds": {"_type": "choice", "_value": []}},
            r"'layer01_kinds' is no label .*did you mean 'layer01_kind'",
        ),
        ({"layer02_source": {"_type": "choice", "_value": [0]}}, "'layer02_source' is"),
        ({"layer02_source": {"_type": "uniform", "_value": [0, 1]}}, "'layer02_source' is"),
        ({"layer02_source": {"_type": "choice", "_value": ["0", "1"]}}, "'layer02_source' is"),
        ({"layer02_source": 3}, "'layer02_source' is 3, the recipe says"),
    ],
)
def test_another_search_space_is_told_label_by_label(change: dict[str, Any], told: str) -> None:
    with pytest.raises(AutoAttendError, match=told):
        check_search_space({**search_space_json(GENES), **change}, GENES)


@pytest.mark.parametrize("given", [None, [], "x"])
def test_what_is_no_search_space(given: object) -> None:
    with pytest.raises(AutoAttendError, match="searchSpace"):
        check_search_space(given, GENES)


def test_a_missing_label_is_told() -> None:
    space = search_space_json(GENES)
    del space["layer02_value_op"]
    with pytest.raises(AutoAttendError, match="'layer02_value_op' is missing"):
        check_search_space(space, GENES)
