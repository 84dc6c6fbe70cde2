"""Whole experiments under a real ``nnictl create``: strategies of both kinds, NNI's own tuner, and bad input."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.datasets.listops import listops
from nni_autoattend.settings import DataSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of an experiment in /proc"),
]


def own_data(folder: Path) -> dict[str, Any]:
    """Write a CSV file whose path holds all that NNI's serialiser trips over; return its ``data:`` block."""
    splits = listops(DataSettings(task="listops", size=400))
    folder.mkdir(parents=True)
    with (folder / "trän # 1.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "label"])
        writer.writerows(zip(splits.train.texts, splits.train.labels, strict=True))
    return {"train": f"{folder}//trän # 1.csv", "embedding_width": 8}


def is_left(experiment: Any, port_is_taken: Callable[[int], bool]) -> bool:
    return bool(experiment.processes()) or port_is_taken(experiment.port)


def test_a_one_shot_strategy(
    make_experiment: Callable[..., Any], toy_settings: Callable[..., Any], taken: Callable[[int], bool], tmp_path: Path
) -> None:
    settings = toy_settings(data=own_data(tmp_path / "my # data"))
    experiment = make_experiment("autoattend-2core", folder="größe # 2", settings=settings, maxTrialNumber=9)
    experiment.finish()  # also where trials are left over
    assert experiment.ask("experiment")["params"]["maxTrialNumber"] == 3
    supernet, *retrained = experiment.trials()
    assert supernet["phase"] == "supernet" and supernet["default"] < 0
    assert [trial["phase"] for trial in retrained] == ["retrain", "retrain"]
    assert all(trial["default"] >= 0 for trial in retrained)
    curve = [item for item in experiment.ask("metric-data") if item["type"] == "PERIODICAL"]
    assert len([item for item in curve if item["trialJobId"] == supernet["job"]]) == 2  # one a supernet's epoch
    assert len([item for item in curve if item["trialJobId"] == retrained[0]["job"]]) == 2

    exported = json.loads(experiment.ask_nnictl_for_export())
    assert [entry["parameter"].get("phase") for entry in exported] == ["supernet", "retrain", "retrain"]
    assert experiment.nnictl("trial", "ls", experiment.id).count("SUCCEEDED") == 3
    experiment.stop()
    experiment.wait(lambda: not is_left(experiment, taken))

    listed = json.loads(experiment.run("-m", "nni_autoattend", "list", "runs", "--json").stdout)
    assert [(run["name"], run["state"]) for run in listed] == [(experiment.id, "finished")]
    assert Path(experiment.run("-m", "nni_autoattend", "report", experiment.id).stdout.strip()).is_file()
    (experiment.folder / "new.txt").write_text("[MAX 2 9 [MIN 4 7 ] 0 ]\n")
    predicted = experiment.run("-m", "nni_autoattend", "predict", str(experiment.path), "new.txt", "--json")
    assert json.loads(predicted.stdout)["label"] in "0123456789"


def test_nnis_own_tuner_on_our_space(make_experiment: Callable[..., Any], taken: Callable[[int], bool]) -> None:
    tuner = {"name": "TPE", "classArgs": {"optimize_mode": "maximize"}}
    experiment = make_experiment(tuner=tuner, maxTrialNumber=2)
    experiment.finish()
    assert [trial["status"] for trial in experiment.trials()] == ["SUCCEEDED", "SUCCEEDED"]
    models = list(experiment.path.glob("environments/*/trials/*/model.safetensors"))
    assert len(models) == 2
    experiment.stop()
    experiment.wait(lambda: not is_left(experiment, taken))

    listed = json.loads(experiment.run("-m", "nni_autoattend", "list", "runs", "--json").stdout)
    assert [run["name"] for run in listed] == [experiment.id]
    assert len(experiment.journal("trial")) == 2
    report = Path(experiment.run("-m", "nni_autoattend", "report", experiment.id).stdout.strip())
    assert "searched with TPE" in report.read_text(encoding="utf-8")
    changes = ("retrain.epochs=1", "retrain.baselines=[]")
    sets = [word for change in changes for word in ("--set", change)]
    again = experiment.run("-m", "nni_autoattend", "retrain", experiment.id, *sets, "--json")
    assert again.returncode == 0, again.stderr
    (experiment.folder / "new.txt").write_text("[MAX 2 9 [MIN 4 7 ] 0 ]\n")
    predicted = experiment.run("-m", "nni_autoattend", "predict", experiment.id, "new.txt", "--json")
    assert json.loads(predicted.stdout)["label"] in "0123456789"


def test_several_trials_at_once(make_experiment: Callable[..., Any]) -> None:
    experiment = make_experiment("regularized-evolution", trialConcurrency=2, maxTrialNumber=4)
    experiment.finish()
    assert len(experiment.succeeded()) == 4
    assert len({event["key"] for event in experiment.journal("trial")}) == 4


@pytest.mark.parametrize(
    ("strategy", "changes", "told"),
    [
        ("autoatend", {}, "unknown strategy 'autoatend' (did you mean 'autoattend'?)"),
        ("random", {"searchSpace": {"x": {"_type": "choice", "_value": [1]}}}, "searchSpace: 'x' is no label"),
    ],
)
def test_what_cannot_be_is_an_error_at_once(
    strategy: str, changes: dict[str, Any], told: str, make_experiment: Callable[..., Any]
) -> None:
    experiment = make_experiment(strategy, **changes)
    experiment.wait(lambda: experiment.status() == "ERROR", seconds=60)
    assert told in (experiment.path / "log" / "nnimanager.log").read_text()
    assert told in (experiment.path / "log" / "dispatcher.log").read_text()
    assert experiment.trials() == []


def test_trials_that_all_fail_end_the_experiment_with_a_line(
    make_experiment: Callable[..., Any], toy_settings: Callable[..., Any]
) -> None:
    experiment = make_experiment("random", trialCommand="exit 3", maxTrialNumber=30)
    experiment.wait(lambda: experiment.status() == "ERROR")
    assert "the first 10 trials all failed" in (experiment.path / "log" / "nnimanager.log").read_text()
    assert len(experiment.trials()) < 15
