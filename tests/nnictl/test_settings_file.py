import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.errors import AutoAttendError, RecipeError, UnknownNameError
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.nnictl.settings_file import fingerprint, read_settings


def written(path: Path, **content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"data": {"task": "listops"}, **content}), encoding="utf-8")
    return path


def test_it_means_what_the_python_door_means(tmp_path: Path) -> None:
    overrides = {"space.genes.layers": 2, "retrain.width": 16}
    file = written(tmp_path / "a.yml", seed=3, threads=1, budget="30m", overrides=overrides, retrain={"epochs": 2})
    expected = resolve_settings(
        "autoattend-text-small", "enas", {"task": "listops"}, {"epochs": 2}, "30m", 3, 1, overrides
    )
    assert read_settings(file, "enas") == expected


def test_the_tuners_strategy_goes_before_the_files(tmp_path: Path) -> None:
    file = written(tmp_path / "a.yml", strategy="regularized-evolution")
    assert read_settings(file).strategy.name == "regularized-evolution"
    assert read_settings(file, "autoattend").strategy.name == "autoattend"


def test_arguments_belong_to_their_strategy(tmp_path: Path) -> None:
    arguments = {"autoattend": {"paths": 3}, "enas": {"update_kwargs": {"batch_size": 7}}, "own.yaml": {"x": 1}}
    file = written(tmp_path / "a.yml", arguments=arguments, overrides={"strategy.search.epochs": 2})
    assert read_settings(file, "autoattend").strategy.arguments["paths"] == 3
    assert read_settings(file, "enas").strategy.arguments["update_kwargs"] == {"batch_size": 7}
    swapped = read_settings(file, "autoattend-2core")
    assert swapped.strategy.arguments["paths"] == 2
    assert {read_settings(file, name).strategy.search.epochs for name in ("enas", "autoattend", "random")} == {2}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"autoattent": {"paths": 3}}, "unknown strategy 'autoattent'.*autoattend"),
        ({"enas": 3}, "arguments: enas: expected keys and values, found 3"),
        ({"autoattend": {"pahts": 3}}, "no 'pahts' there.*paths"),
    ],
)
def test_arguments_that_cannot_be(arguments: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(AutoAttendError, match=told):
        read_settings(written(tmp_path / "a.yml", arguments=arguments), "autoattend")


@pytest.mark.parametrize("name", ["a b", "half#way", "two  spaces", "Größe-数"])
def test_paths_count_from_the_files_folder_whatever_they_look_like(name: str, tmp_path: Path) -> None:
    file = written(tmp_path / name / "a.yml", data={"train": f"{name}.csv", "vectors": "sub//v.txt"})
    settings = read_settings(file)
    assert settings.data.train == tmp_path / name / f"{name}.csv"
    assert settings.data.vectors == tmp_path / name / "sub" / "v.txt"


def test_a_relative_path_does_not_depend_on_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "here" / "a.yml", data={"task": "trec", "root": "data"}, overrides={"data.vectors": "v.txt"})
    monkeypatch.chdir(tmp_path)
    settings = read_settings(Path("here/a.yml"))
    assert settings.data.root == tmp_path / "here" / "data"
    assert settings.data.vectors == tmp_path / "here" / "v.txt"
    absolute = written(tmp_path / "b.yml", data={"task": "trec", "root": os.fspath(tmp_path / "elsewhere")})
    assert read_settings(absolute).data.root == tmp_path / "elsewhere"


def test_recipes_of_ones_own_count_from_there_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nni_autoattend.recipes import load_text

    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mine.yaml").write_text(load_text("strategies", "random"), encoding="utf-8")
    written(tmp_path / "here" / "a.yml")
    monkeypatch.chdir(tmp_path)
    assert read_settings(Path("here/a.yml"), "mine.yaml").strategy.name == "mine"


def test_one_fingerprint_wherever_the_data_lie_and_another_where_anything_differs(tmp_path: Path) -> None:
    here = read_settings(written(tmp_path / "a" / "s.yml", data={"task": "trec", "root": "data"}, threads=1))
    there = read_settings(written(tmp_path / "b" / "s.yml", data={"task": "trec", "root": "/mnt/data"}, threads=8))
    assert fingerprint(here) == fingerprint(there)
    assert len(fingerprint(here)) == 8
    other = [
        read_settings(tmp_path / "a" / "s.yml", "enas"),
        read_settings(written(tmp_path / "c.yml", data={"task": "trec", "root": "data", "max_length": 9})),
        read_settings(written(tmp_path / "d.yml", data={"task": "trec", "root": "data"}, seed=1)),
    ]
    assert len({fingerprint(here), *map(fingerprint, other)}) == 4


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        ({"spaces": "autoattend-text"}, RecipeError, "unknown key 'spaces' \\(did you mean 'space'"),
        ({"space": "autoattend-txt"}, UnknownNameError, "unknown space 'autoattend-txt' \\(did you mean"),
        ({"strategy": "randm"}, UnknownNameError, "unknown strategy 'randm' \\(did you mean 'random'"),
        ({"data": {"task": "listops", "sise": 4}}, RecipeError, "unknown key 'sise' \\(did you mean 'size'"),
        ({"data": None}, RecipeError, "'data' is missing"),
        ({"overrides": {"spce.genes.layers": 2}}, RecipeError, "did you mean 'space'"),
    ],
)
def test_what_is_unknown_is_told(
    content: dict[str, Any], error: type[AutoAttendError], told: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=told):
        read_settings(written(tmp_path / "a.yml", **content))


@pytest.mark.parametrize("text", ["a: [", "- 1\n", ""])
def test_what_is_no_settings_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(RecipeError, match="settings file"):
        read_settings(tmp_path / "a.yml")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cannot read the settings file .*none\.yml"):
        read_settings(tmp_path / "none.yml")
