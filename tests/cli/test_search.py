import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.experiment import flow

SMALL = ("--strategy", "autoattend", "--set", "data.size=100")


def test_nothing_given_is_the_embedded_default(cli: Any, carried_out: Any) -> None:
    answer = cli("search")
    assert answer.code == 0, answer.err
    settings = carried_out.settings
    assert (settings.space.name, settings.strategy.name) == ("autoattend-text-small", "autoattend-2core")
    assert settings.data.task == "listops"
    (folder,) = Path(os.environ["AUTOATTEND_HOME"]).iterdir()
    assert folder.name == "autoattend-text-small-autoattend-2core-listops-001"


def test_options_become_settings(cli: Any, carried_out: Any, tmp_path: Path) -> None:
    rows = "".join(f"text number {number},{number % 2}\n" for number in range(60))
    (tmp_path / "mine.csv").write_text("review,stars\n" + rows)
    (tmp_path / "vectors.txt").write_text("text 0.1 0.2 0.3\n")
    answer = cli(
        "search", "--space", "autoattend-text", "--strategy", "random", "--train", "mine.csv",
        "--text-column", "review", "--label-column", "stars", "--tokenizer", "char", "--metric", "macro-f1",
        "--vectors", "vectors.txt", "--no-phrases", "--budget", "1h", "--seed", "7", "--threads", "1",
        "--run-dir", "here/mine", "--set", "retrain.seeds=5", "--set", "space.genes.layers=3",
        "--set", "strategy.search.lr=1e-3", "--set", "retrain.baselines=[text-cnn]",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    settings = carried_out.settings
    assert (settings.space.name, settings.space.genes.layers) == ("autoattend-text", 3)
    assert (settings.strategy.name, settings.strategy.search.lr) == ("random", 1e-3)
    data = settings.data
    assert (data.train, data.text_column, data.label_column) == (tmp_path / "mine.csv", "review", "stars")
    assert (data.tokenizer, data.metric, data.vectors) == ("char", "macro-f1", tmp_path / "vectors.txt")
    assert data.phrases is False
    assert (settings.retrain.seeds, settings.retrain.baselines) == (5, ("text-cnn",))
    assert (settings.budget, settings.seed, settings.threads) == (3600.0, 7, 1)
    assert 0 < carried_out.deadline.remaining() <= 3600
    assert (tmp_path / "here" / "mine" / "run.yaml").is_file()


def test_own_splits(cli: Any, carried_out: Any, tmp_path: Path) -> None:
    for name in ("train", "valid", "test"):
        rows = "".join(f"{name} text {number},{number % 2}\n" for number in range(20))
        (tmp_path / f"{name}.csv").write_text("text,label\n" + rows)
    answer = cli("search", "--train", "train.csv", "--valid", "valid.csv", "--test", "test.csv")
    assert answer.code == 0, answer.err
    assert carried_out.settings.data.test == tmp_path / "test.csv"
    assert "20 texts (0 10, 1 10)" in answer.err


def test_the_table_ends_on_the_screen(cli: Any, carried_out: Any) -> None:
    answer = cli("search", *SMALL, "--run-dir", "mine")
    assert "text-cnn" in answer.out and "beats" in answer.out
    assert "note: a note" in answer.out
    assert "nni-autoattend predict mine FILE" in answer.out
    assert "listops train: 100 texts" in answer.err
    assert "supernet: 2 steps" in answer.err


def test_json_is_all_that_standard_output_gets(cli: Any, carried_out: Any) -> None:
    answer = cli("search", *SMALL, "--run-dir", "mine", "--json")
    value = answer.json()
    assert (value["run"], value["state"], value["metric"]) == ("mine", "finished", "accuracy")
    assert [row["name"] for row in value["results"]] == ["found", "text-cnn"]
    assert len(value["best"]) == 8
    assert "a library prints" in answer.err


def test_an_interrupted_run_is_continued(
    cli: Any, carried_out: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finish = flow.carry_out

    def stopped(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "carry_out", stopped)
    answer = cli("search", *SMALL, "--run-dir", "mine")
    assert answer.code == 130
    assert "--resume" in answer.err
    assert cli("search", *SMALL, "--run-dir", "mine").code == 2
    monkeypatch.setattr(flow, "carry_out", finish)
    other = cli("search", *SMALL, "--run-dir", "mine", "--resume", "--seed", "3")
    assert other.code == 2
    assert "seed is 0 there and 3 now" in other.err
    assert cli("search", *SMALL, "--run-dir", "mine", "--resume").code == 0
    again = cli("search", *SMALL, "--run-dir", "mine", "--resume")
    assert (again.code, carried_out.times) == (2, 1)
    assert "is finished and is never overwritten" in again.err
    assert "mine" in cli("search", *SMALL, "--run-dir", "mine").err


def test_a_run_is_continued_by_its_folder_alone(
    cli: Any, carried_out: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its settings are in run.yaml; nobody has to remember them, and what is said again must be the same."""
    finish = flow.carry_out
    begun = []

    def stopped(folder: Any, settings: Any, *arguments: Any) -> None:
        begun.append(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "carry_out", stopped)
    options = (*SMALL, "--seed", "7", "--budget", "1h", "--set", "space.genes.layers=3")
    assert cli("search", *options, "--run-dir", "runs/mine").code == 130
    assert cli("search", "--resume", "--run-dir", "runs/mine", "--json").code == 130  # no choice
    monkeypatch.setattr(flow, "carry_out", finish)
    other = cli("search", "--resume", "--run-dir", "runs/mine", "--seed", "7")
    assert (other.code, carried_out.times) == (2, 0)
    assert "space.genes.layers is 3 there and 8 now" in other.err
    answer = cli("search", "--resume", "--run-dir", "mine", "--budget", "2h")  # by its name, with more time
    assert answer.code == 0, answer.err
    assert begun[0] == begun[1]
    assert (carried_out.settings.seed, carried_out.settings.budget) == (7, 7200.0)
    assert replace(carried_out.settings, budget=3600.0) == begun[0]
    assert 3600 < carried_out.deadline.remaining() <= 7200


def test_nothing_to_continue(cli: Any, carried_out: Any, tmp_path: Path) -> None:
    answer = cli("search", "--resume", "--run-dir", "absent")
    assert (answer.code, carried_out.times) == (2, 0)
    assert "absent is no run folder" in answer.err
    assert not (tmp_path / "absent").exists()


def test_recipes_of_ones_own(cli: Any, carried_out: Any, tmp_path: Path) -> None:
    recipe = yaml.safe_load(cli("show", "autoattend-text-small").out)
    recipe["genes"]["layers"] = 3
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(recipe))
    assert cli("search", *SMALL, "--space", "mine.yaml").code == 0
    assert (carried_out.settings.space.name, carried_out.settings.space.genes.layers) == ("mine", 3)
    recipe["genes"]["depth"] = 3
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(recipe))
    answer = cli("search", *SMALL, "--space", "mine.yaml")
    assert answer.code == 2
    assert "space recipe 'mine.yaml': genes: unknown key 'depth'" in answer.err
