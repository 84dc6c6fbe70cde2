import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.door import open_run
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.nnictl.ledger import MODEL_FILES
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.nnictl.settings_file import read_settings
from nni_autoattend.nnictl.trial_record import begin, record

FIRST = Architecture((AdditionLayer(0, "conv1", "zero"), AttentionLayer(0, "conv1", "identity", "conv3")))
SECOND = Architecture((AdditionLayer(0, "identity", "maxpool3"), AdditionLayer(1, "conv3", "zero")))


@pytest.fixture
def settings(tmp_path: Path, toy_settings: Callable[..., Any]) -> RunSettings:
    (tmp_path / "autoattend.yml").write_text(yaml.safe_dump(toy_settings()), encoding="utf-8")
    return read_settings(tmp_path / "autoattend.yml")


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """NNI's folder of an experiment, with its database."""
    folder = tmp_path / "experiments" / "abc"
    (folder / "db").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "db" / "nni.sqlite")) as connection:
        connection.execute("create table ExperimentProfile (params text, id text, revision integer)")
        params = json.dumps({"tuner": {"name": "TPE"}})
        connection.execute("insert into ExperimentProfile values (?, 'abc', 0)", (params,))
        connection.commit()
    return folder


def trial(experiment: Path, name: str) -> Path:
    output = experiment / "environments" / "local-env" / "trials" / name
    output.mkdir(parents=True)
    for file in MODEL_FILES:
        (output / file).write_text(name)
    return output


def test_the_first_trial_begins_the_run_and_all_of_them_keep_it(settings: RunSettings, experiment: Path) -> None:
    run = RunFolder(experiment / "run")
    for name, architecture, score in (("a", FIRST, 0.5), ("b", SECOND, 0.75), ("c", FIRST, 0.9)):
        output = trial(experiment, name)
        begun = begin(settings, output)
        assert begun.strategy.name == "TPE"
        assert begun.space == settings.space and begun.data == settings.data
        record(Order(settings.space.genes.to_sample(architecture)), run, output, {"default": score})
    opened = open_run(experiment)
    assert [(item.architecture, item.fitness) for item in opened.candidates] == [(SECOND, 0.75), (FIRST, 0.5)]
    assert opened.best == SECOND
    assert {(run.path / file).read_text() for file in MODEL_FILES} == {"b"}
    assert run.state == "unfinished"


def test_what_the_first_trial_was_told_counts_for_all(settings: RunSettings, experiment: Path) -> None:
    first = begin(settings, trial(experiment, "a"))
    assert begin(replace(settings, seed=9), trial(experiment, "b")) == first


def test_a_trial_waits_until_another_has_written(settings: RunSettings, experiment: Path) -> None:
    run, output = RunFolder(experiment / "run"), trial(experiment, "a")
    begin(settings, output)
    order = Order(settings.space.genes.to_sample(FIRST))
    ending = threading.Thread(target=record, args=(order, run, output, {"default": 0.5}))
    with lock.locked(run.path):
        ending.start()
        ending.join(0.5)
        assert not run.journal.exists()
    ending.join(30)
    assert [item.fitness for item in open_run(experiment).candidates] == [0.5]


def test_another_machines_disk_keeps_no_run(settings: RunSettings, tmp_path: Path) -> None:
    output = trial(tmp_path / "abc", "a")
    assert begin(settings, output) == settings
    assert not (tmp_path / "abc" / "run").exists()
    assert begin(settings, tmp_path) == settings


def test_a_tuner_without_a_name_leaves_the_strategys(settings: RunSettings, tmp_path: Path) -> None:
    (tmp_path / "abc" / "db").mkdir(parents=True)
    assert begin(settings, trial(tmp_path / "abc", "a")) == settings
