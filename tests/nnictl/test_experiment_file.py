import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.errors import ExperimentError, StorageError
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.nnictl import experiment_file
from nni_autoattend.nnictl.checks import check_experiment
from nni_autoattend.nnictl.experiment_file import Chosen, check_texts, write_experiment
from nni_autoattend.nnictl.remote import Remote
from nni_autoattend.nnictl.settings_file import read_settings

ODD = "größe # 1/my data"
"""NNI's serialiser would cut a text here."""


def chosen(strategy: str = "autoattend-2core", overrides: dict[str, Any] | None = None, **data: Any) -> Chosen:
    settings = resolve_settings("autoattend-text-small", strategy, data or {"task": "listops"}, overrides=overrides)
    kept = {key: value for key, value in (overrides or {}).items() if key.startswith(("space.", "strategy."))}
    return Chosen("autoattend-text-small", strategy, settings, kept)


def written(path: Path, what: Chosen) -> tuple[dict[str, Any], dict[str, Any]]:
    experiment, settings = write_experiment(path, what)
    return yaml.safe_load(experiment.read_text("utf-8")), yaml.safe_load(settings.read_text("utf-8"))


def test_what_was_chosen_is_what_a_trial_reads(tmp_path: Path) -> None:
    overrides = {"space.genes.layers": 3, "retrain.seeds": 5, "data.max_length": 20, "strategy.arguments.paths": 4}
    what = chosen(overrides=overrides)
    config, _ = written(tmp_path / "experiment.yml", what)
    assert check_experiment(config, tmp_path) == what.settings
    assert read_settings(tmp_path / "autoattend.yml", "autoattend").retrain == what.settings.retrain


def test_the_strategy_is_one_word(tmp_path: Path) -> None:
    path = tmp_path / "experiment.yml"
    write_experiment(path, chosen())
    text = path.read_text("utf-8")
    assert text.count("autoattend-2core") == 1
    swapped = yaml.safe_load(text.replace("strategy: autoattend-2core", "strategy: enas"))
    assert check_experiment(swapped, tmp_path).strategy.name == "enas"


def test_a_tuner_of_nni_needs_the_tuner_block_alone_to_change(tmp_path: Path) -> None:
    config, _ = written(tmp_path / "experiment.yml", chosen())
    config["tuner"] = {"name": "TPE", "classArgs": {"optimize_mode": "maximize"}}
    settings = check_experiment(config, tmp_path)
    assert settings.strategy.kind == "multi-trial"  # a trial that is trained alone
    commented = (tmp_path / "experiment.yml").read_text("utf-8").split("# tuner:\n")[1].splitlines()[:2]
    block = yaml.safe_load("tuner:\n" + "\n".join(line.removeprefix("#").removeprefix(" ") for line in commented))
    assert block == {"tuner": config["tuner"]}


@pytest.mark.parametrize(("strategy", "trials"), [("autoattend-2core", 20), ("random", 20)])
def test_trials_are_those_of_the_recipe_unless_said(tmp_path: Path, strategy: str, trials: int) -> None:
    what = chosen(strategy)
    assert written(tmp_path / "a" / "x.yml", what)[0]["maxTrialNumber"] == trials
    assert written(tmp_path / "b" / "x.yml", replace(what, trials=7))[0]["maxTrialNumber"] == 7
    assert written(tmp_path / "a" / "b" / "x.yml", chosen(strategy))[1]["strategy"] == "random"


def test_the_strategy_is_swapped_by_one_word_whatever_was_set_of_it(tmp_path: Path) -> None:
    overrides = {"strategy.arguments.population": 8, "strategy.search.epochs": 3, "space.genes.layers": 2}
    what = chosen(overrides=overrides)
    config, content = written(tmp_path / "x.yml", what)
    assert content["arguments"] == {"autoattend-2core": {"population": 8}}
    assert check_experiment(config, tmp_path) == what.settings
    for strategy in ("enas", "random"):
        config["tuner"]["classArgs"]["strategy"] = strategy
        swapped = check_experiment(config, tmp_path)
        assert (swapped.strategy.name, swapped.strategy.search.epochs) == (strategy, 3)
        assert swapped.space == what.settings.space
    assert check_experiment({**config, "tuner": {"name": "TPE"}}, tmp_path).strategy.name == "random"


@pytest.mark.parametrize("below", [True, False])
def test_odd_paths_of_data_survive_and_do_not_pass_through_nni(tmp_path: Path, below: bool) -> None:
    folder = tmp_path / "experiment"
    train = (folder if below else tmp_path) / ODD / "größe # 2.csv"
    train.parent.mkdir(parents=True)
    train.touch()
    config, settings = written(folder / "experiment.yml", chosen(train=train, text_column="// # text"))
    check_texts(config)
    assert settings["data"]["train"] == (f"{ODD}/größe # 2.csv" if below else str(train))
    read = read_settings(folder / "autoattend.yml")
    assert (read.data.train, read.data.text_column) == (train, "// # text")
    assert config["experimentName"] == "autoattend-text-small on größe - 2"


def test_the_interpreter_stands_in_full_whatever_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment_file.sys, "executable", "/opt/my pythons/größe $HOME/python")
    config, _ = written(tmp_path / "x.yml", chosen())
    words = shlex.split(config["trialCommand"])
    assert words == ["/opt/my pythons/größe $HOME/python", "-m", "nni_autoattend.nnictl.trial", "autoattend.yml"]
    monkeypatch.setattr(experiment_file.sys, "executable", "/opt/c#/python")
    with pytest.raises(ExperimentError, match="the interpreter: NNI takes what follows # or //"):
        write_experiment(tmp_path / "y" / "x.yml", chosen())


def test_a_folder_that_nni_would_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="the folder of the experiment: NNI takes what follows # or //"):
        write_experiment(tmp_path / "c#" / "experiment.yml", chosen())
    assert list(tmp_path.iterdir()) == []


def test_recipes_of_ones_own_go_by_a_path_from_the_folder(tmp_path: Path) -> None:
    from nni_autoattend.recipes import load_text

    (tmp_path / "mine.yaml").write_text(load_text("strategies", "random"))
    what = replace(chosen("mine.yaml"), trials=3)
    config, settings = written(tmp_path / "experiment.yml", what)
    assert config["tuner"]["classArgs"]["strategy"] == settings["strategy"] == "mine.yaml"
    config, _ = written(tmp_path / "below" / "experiment.yml", what)
    assert config["tuner"]["classArgs"]["strategy"] == str(tmp_path / "mine.yaml")
    assert check_experiment(config, tmp_path / "below").strategy.name == "mine"


def test_trials_elsewhere_have_the_interpreter_of_there(tmp_path: Path) -> None:
    far = Remote("me", "127.0.0.1", 2222, tmp_path / "key", "/opt/py/bin/python")
    config, _ = written(tmp_path / "x.yml", replace(chosen(), remotes=(far,), concurrency=2))
    assert config["trialCommand"].startswith("/opt/py/bin/python -m ")
    assert (config["trainingService"]["platform"], config["trialConcurrency"]) == ("remote", 2)
    with pytest.raises(ExperimentError, match="the experiment file: trainingService: machineList: sshKeyFile: NNI"):
        write_experiment(tmp_path / "y" / "x.yml", replace(chosen(), remotes=(replace(far, key=Path("/c#/key")),)))


@pytest.mark.parametrize("there", ["experiment.yml", "autoattend.yml"])
def test_nothing_is_written_over_unless_told(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(ExperimentError, match=f"{there} is there already"):
        write_experiment(tmp_path / "experiment.yml", chosen())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]
    write_experiment(tmp_path / "experiment.yml", chosen(), force=True)
    assert (tmp_path / there).read_text() != "mine"


def test_the_settings_file_is_no_experiment_file(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="choose another for -o"):
        write_experiment(tmp_path / "autoattend.yml", chosen(), force=True)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot write"):
        write_experiment(tmp_path / "file" / "experiment.yml", chosen())


@pytest.mark.timeout(180)
def test_nni_takes_the_file(tmp_path: Path) -> None:
    from nni.experiment.config import ExperimentConfig

    write_experiment(tmp_path / "experiment.yml", chosen())
    config = ExperimentConfig.load(tmp_path / "experiment.yml").json()
    assert config["trialCodeDirectory"] == os.path.realpath(tmp_path)
    assert config["tuner"] == {
        "name": "AutoAttend",
        "classArgs": {"strategy": "autoattend-2core", "settings": "autoattend.yml"},
    }
    assert len(config["searchSpace"]) == 56
