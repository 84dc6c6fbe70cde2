from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.nnictl.settings_file import read_settings

TASK = ("--task", "listops")


def config(path: str = "experiment.yml") -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(Path(path).read_text("utf-8"))
    return content


def test_both_files_are_written_and_the_next_step_is_told(cli: Any, tmp_path: Path) -> None:
    answer = cli("nnictl-config")
    assert answer.code == 0
    assert answer.out.splitlines() == [str(tmp_path / "experiment.yml"), str(tmp_path / "autoattend.yml")]
    assert "nni-autoattend register" in answer.err
    assert f"nni-autoattend nnictl create --config {tmp_path}/experiment.yml" in answer.err
    assert read_settings(Path("autoattend.yml")).data.task == "listops"


def test_options_reach_the_files(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "größe # 1.csv").write_text("words,stars\na,1\n")
    answer = cli(
        "nnictl-config", "--train", "größe # 1.csv", "--text-column", "words", "--label-column", "stars",
        "--space", "autoattend-text", "--strategy", "enas", "--metric", "macro-f1", "--trials", 7, "--concurrency", 2,
        "--budget", "1h", "--seed", 3, "--threads", 1, "--set", "space.genes.layers=4", "--set", "retrain.seeds=2",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    written, settings = config(), read_settings(tmp_path / "autoattend.yml", "enas")
    assert (written["maxTrialNumber"], written["trialConcurrency"]) == (7, 2)
    assert written["tuner"]["classArgs"]["strategy"] == "enas"
    assert len([label for label in written["searchSpace"] if label.endswith("_kind")]) == 4
    assert settings.space.name == "autoattend-text" and settings.space.genes.layers == 4
    assert (settings.data.train, settings.data.metric) == (tmp_path / "größe # 1.csv", "macro-f1")
    assert (settings.data.text_column, settings.data.label_column) == ("words", "stars")
    assert (settings.retrain.seeds, settings.seed, settings.threads, settings.budget) == (2, 3, 1, 3600)


def test_nothing_is_overwritten(cli: Any, tmp_path: Path) -> None:
    assert cli("nnictl-config", *TASK).code == 0
    before = (tmp_path / "experiment.yml").read_bytes()
    answer = cli("nnictl-config", *TASK, "--strategy", "enas")
    assert (answer.code, answer.out) == (2, "")
    assert "is there already; write elsewhere with -o FOLDER/FILE, or say --force" in answer.err
    assert (tmp_path / "experiment.yml").read_bytes() == before
    assert cli("nnictl-config", *TASK, "--strategy", "enas", "--force").code == 0
    assert (tmp_path / "experiment.yml").read_bytes() != before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--strategy", "enos"], "unknown strategy 'enos' (did you mean 'enas'?)"),
        (["--space", "autoattend-txt"], "unknown space 'autoattend-txt'"),
        (["--set", "retrain.sedes=1"], "unknown key 'sedes' (did you mean 'seeds'?)"),
        (["--data-root", "absent"], "data.root: there is no file or folder"),
        (["--train", "absent.csv"], "name either a task or a training file"),
        (["--remote", "far"], "write it as USER@HOST or USER@HOST:PORT"),
        (["--remote", "me@127.0.0.1", "--remote-python", "python"], "give the interpreter in full"),
        (["-o", "c#/experiment.yml"], "NNI takes what follows # or //"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(cli: Any, tmp_path: Path, options: list[str], message: str) -> None:
    answer = cli("nnictl-config", *TASK, *options)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert message in answer.err
    assert list(tmp_path.iterdir()) == []


def test_data_of_other_machines_are_not_looked_for_here(cli: Any, tmp_path: Path) -> None:
    options = ("--remote", "me@127.0.0.1:2222", "--key", "key", "--data-root", "/there/data", "--remote-python", "/py")
    answer = cli("nnictl-config", *TASK, *options)
    assert answer.code == 0, answer.err
    machine = config()["trainingService"]["machineList"][0]
    assert (machine["user"], machine["port"], machine["sshKeyFile"]) == ("me", 2222, str(tmp_path / "key"))
    assert config()["nniManagerIp"] == "127.0.0.1"
    assert read_settings(tmp_path / "autoattend.yml").data.root == Path("/there/data")
