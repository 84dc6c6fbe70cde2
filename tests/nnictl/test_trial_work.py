import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.network.saved import load_model
from nni_autoattend.nnictl import trial_work
from nni_autoattend.nnictl.parameters import BELOW_ALL, RETRAIN, SUPERNET, Order
from nni_autoattend.nnictl.settings_file import read_settings
from nni_autoattend.nnictl.trial_work import CHECKPOINT, RESULT, do_trial

ARCHITECTURE = Architecture((AdditionLayer(0, "conv1", "zero"), AttentionLayer(0, "conv1", "identity", "conv3")))


class Reporter:
    """What NNI hears."""

    def __init__(self) -> None:
        self.curve: list[float] = []
        self.value: Mapping[str, Any] | None = None

    def intermediate(self, value: float) -> None:
        self.curve.append(value)

    def final(self, value: Mapping[str, Any]) -> None:
        self.value = json.loads(json.dumps(value, allow_nan=False))


@pytest.fixture
def settings_of(tmp_path: Path, toy_settings: Callable[..., Any]) -> Callable[..., RunSettings]:
    def make(strategy: str = "random", **overrides: Any) -> RunSettings:
        (tmp_path / "a.yml").write_text(yaml.safe_dump(toy_settings(overrides=overrides)), encoding="utf-8")
        return read_settings(tmp_path / "a.yml", strategy)

    return make


def order(settings: RunSettings, phase: str | None = None) -> Order:
    return Order(settings.space.genes.to_sample(ARCHITECTURE), phase, "random", "0")


@pytest.mark.parametrize("phase", [None, RETRAIN])
def test_one_network_is_trained_told_and_saved(phase: str | None, settings_of: Any, tmp_path: Path) -> None:
    settings = settings_of(**{"retrain.width": 16, "retrain.epochs": 3})
    output, reporter = tmp_path / "out", Reporter()
    output.mkdir()
    do_trial(order(settings, phase), settings, output, None, reporter)  # type: ignore[arg-type]
    assert reporter.value is not None
    assert len(reporter.curve) == (3 if phase else 2)
    assert reporter.value["default"] == max(reporter.curve)
    model = load_model(output)
    assert model.architecture == ARCHITECTURE
    assert model.network.shape.width == (16 if phase else 8)
    assert model.description["selection_score" if phase else "search_score"] == reporter.value["default"]
    assert not (output / CHECKPOINT).exists()


@pytest.mark.parametrize(("phase", "judge"), [(None, "loss"), (RETRAIN, "score")])
def test_curve_and_metric_judge_alike_and_the_score_is_told(
    phase: str | None, judge: str, settings_of: Any, tmp_path: Path
) -> None:
    settings = settings_of(**{"retrain.best": "loss", "retrain.epochs": 2, "strategy.search.best": "loss"})
    reporter = Reporter()
    do_trial(order(settings, phase), settings, tmp_path, None, reporter)  # type: ignore[arg-type]
    value = reporter.value
    assert value is not None and {"accuracy", "loss", "parameters", "best_epoch"} < set(value)
    expected = math.exp(-value["loss"]) if judge == "loss" else value["accuracy"]
    assert value["default"] == pytest.approx(expected)
    assert value["default"] in [pytest.approx(intermediate) for intermediate in reporter.curve]


def test_equal_orders_come_to_equal_scores(settings_of: Any, tmp_path: Path) -> None:
    settings, scores = settings_of(), []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        reporter = Reporter()
        do_trial(order(settings), settings, tmp_path / name, None, reporter)  # type: ignore[arg-type]
        scores.append((reporter.value, reporter.curve))
    assert scores[0] == scores[1]


def test_a_finished_trial_that_is_started_again_says_its_result_at_once(
    settings_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, first, again = settings_of(), Reporter(), Reporter()
    do_trial(order(settings), settings, tmp_path, None, first)  # type: ignore[arg-type]
    with monkeypatch.context() as patch:
        patch.setattr(trial_work, "fit", None)
        do_trial(order(settings), settings, tmp_path, None, again)  # type: ignore[arg-type]
    assert again.value == first.value
    assert again.curve == []
    other = Reporter()
    do_trial(order(settings, RETRAIN), settings, tmp_path, None, other)  # type: ignore[arg-type]
    assert other.curve  # another order is another trial


def test_a_killed_trial_goes_on_from_its_checkpoint(
    settings_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(**{"strategy.search.checkpoint_minutes": 0, "strategy.search.epochs": 4})
    whole, killed, resumed = Reporter(), Reporter(), Reporter()
    (tmp_path / "whole").mkdir()
    (tmp_path / "cut").mkdir()
    do_trial(order(settings), settings, tmp_path / "whole", None, whole)  # type: ignore[arg-type]

    def stop(value: float) -> None:
        killed.curve.append(value)
        if len(killed.curve) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(killed, "intermediate", stop)
    with pytest.raises(KeyboardInterrupt):
        do_trial(order(settings), settings, tmp_path / "cut", None, killed)  # type: ignore[arg-type]
    assert (tmp_path / "cut" / CHECKPOINT).exists() and not (tmp_path / "cut" / RESULT).exists()
    do_trial(order(settings), settings, tmp_path / "cut", None, resumed)  # type: ignore[arg-type]
    assert resumed.value == whole.value
    assert resumed.curve == whole.curve[1:]  # the score of the interrupted epoch is told anew


def test_a_trial_without_finite_losses_reports_nothing(settings_of: Any, tmp_path: Path) -> None:
    settings, reporter = settings_of(**{"strategy.search.lr": 1e30, "strategy.search.epochs": 20}), Reporter()
    with pytest.raises(DivergedError, match="without a finite loss"):
        do_trial(order(settings), settings, tmp_path, None, reporter)  # type: ignore[arg-type]
    assert reporter.value is None
    assert not (tmp_path / RESULT).exists()


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("strategy", "points"), [("autoattend-2core", 2), ("random-one-shot", 2)])
def test_a_supernet_is_trained_and_searched(strategy: str, points: int, settings_of: Any, tmp_path: Path) -> None:
    small = {"strategy.search.samples": 5} if strategy == "random-one-shot" else {"strategy.arguments.population": 5}
    settings, reporter = settings_of(strategy, **small), Reporter()
    run = RunFolder(tmp_path / "abc" / "run")
    run.describe(settings, "print", "command")
    output = tmp_path / "out"
    output.mkdir()
    do_trial(Order({}, SUPERNET, strategy, "0"), settings, output, run, reporter)  # type: ignore[arg-type]
    assert reporter.value is not None and reporter.value["default"] == BELOW_ALL
    found = [Architecture.from_json(item["architecture"]) for item in reporter.value["found"].values()]
    assert found and all(settings.space.genes.contains(architecture) for architecture in found)
    assert reporter.value["found"]["1"]["fitness"] == reporter.value["fitness"]
    assert len(reporter.curve) == points and all(0 <= value <= 1 for value in reporter.curve)
    assert (run.path / SUPERNET / "journal.jsonl").is_file()
    assert not (output / "checkpoints").exists()


def test_the_budget_is_divided_among_what_is_retrained(settings_of: Any) -> None:
    from dataclasses import replace

    settings = replace(settings_of("autoattend-2core"), budget=1000.0)
    deadline = trial_work._deadline(order(settings, RETRAIN), settings)
    assert deadline.remaining() == pytest.approx(1000 * (1 - settings.strategy.search.share) / 2, abs=5)
    assert trial_work._deadline(order(settings), settings).at is None
    assert trial_work._deadline(order(settings, RETRAIN), replace(settings, budget=None)).at is None
