"""The benchmark of graph baselines at toy size."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from benchmarks import _graph_training, graph_baselines
from benchmarks._graph_output import table
from benchmarks._graph_rows import Training, data_of, measure, trainings, untrained
from benchmarks._graph_training import Judged, judge, train, whole_validation
from benchmarks._rows_file import RowsFile
from nni_autoattend.baselines.graph_table import PublishedSettings
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.errors import RunFolderError
from nni_autoattend.progress import SilentObserver
from nni_autoattend.report.cells import MINUS

FIGURES = {"validation": 0.5, "best_epoch": 3, "epochs": 5, "seconds": 2.0, "test": 0.8, "parameters": 1234}


@pytest.fixture
def options(tmp_path: Path) -> graph_baselines.Options:
    return graph_baselines.Options(toy=True, baselines=("gcn", "label-propagation"), seeds=2, results=tmp_path)


@pytest.fixture
def data() -> Any:
    return data_of("communities", 0, None)


def test_seed_after_seed_and_what_is_not_random_once() -> None:
    planned = trainings(("cora", "photo"), (), 2)
    assert len(planned) == len(set(planned)) == 2 * 2 * 5 - 1
    assert [one.seed for one in planned] == [0] * 10 + [1] * 9
    assert Training("cora", "label-propagation", 1) not in planned
    assert Training("photo", "label-propagation", 1) in planned  # another split


def test_the_whole_benchmark_at_toy_size(options: graph_baselines.Options, capsys: pytest.CaptureFixture[str]) -> None:
    path = graph_baselines.run(options, SilentObserver())
    value = json.loads(path.read_text())
    assert value["complete"] and value["threads"] == 1 and "torch-geometric" in value["versions"]
    assert [row["row"]["baseline"] for row in value["rows"]] == ["gcn"] * 2 + ["label-propagation"] * 2
    assert all(0 < row["figures"]["test"] <= 1 for row in value["rows"])
    assert value["rows"][0]["figures"] != value["rows"][1]["figures"]
    assert graph_baselines.main(["--table", "--results", str(options.results)]) == 0
    out = capsys.readouterr().out
    assert out == table(path) and out.count("\n") == 4


def test_trainings_are_kept_and_not_repeated(options: graph_baselines.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[Training] = []

    def fake(training: Training, root: Path | None, *, toy: bool) -> dict[str, Any]:
        if len(measured) == 3:
            raise KeyboardInterrupt
        measured.append(training)
        return FIGURES

    monkeypatch.setattr(graph_baselines, "measure", fake)
    monkeypatch.setattr(graph_baselines, "expected_seconds", lambda *_, **__: 1.0)
    with pytest.raises(KeyboardInterrupt):
        graph_baselines.run(options, SilentObserver())
    path = options.results / "graph_baselines.json"
    assert not json.loads(path.read_text())["complete"]
    first, measured[:] = list(measured), []
    graph_baselines.run(options, SilentObserver())
    assert [*first, *measured] == graph_baselines.planned(options)
    assert json.loads(path.read_text())["complete"]
    with pytest.raises(RunFolderError, match="other options"):
        RowsFile(path, [], 2, "")


def test_the_table_says_how_far_the_published_figure_is(tmp_path: Path) -> None:
    planned = trainings(("cora",), ("gcn",), 2)
    file = RowsFile(tmp_path / "file.json", planned, 1, "a command")
    for training, test in zip(planned, (0.80, 0.82), strict=True):
        file.add(training, {**FIGURES, "test": test})
    line = table(file.path).splitlines()[-1]
    assert line == f"| cora | gcn | 1,234 | 50.00 | 81.00 ± 1.41 | 2 | 81.50 | {MINUS}0.50 | 5 | 2.0 s |"


def test_a_training_keeps_the_best_epoch_and_is_the_same_again(data: Any) -> None:
    settings, network = untrained(Training("communities", "gcn", 0), data, toy=True)
    outcome = train(network, data.train, whole_validation(data), settings, seed=0)
    assert outcome.validation == judge(network, whole_validation(data)).accuracy
    assert 1 <= outcome.best_epoch <= outcome.epochs == 5
    figures, again = (measure(Training("communities", "gcn", 0), None, toy=True) for _ in range(2))
    assert {**figures, "seconds": 0} == {**again, "seconds": 0}
    assert figures["validation"] == outcome.validation


def test_whole_validation_is_both_halves(data: Any) -> None:
    whole = whole_validation(data)
    assert len(whole) == len(data.search) + len(data.selection) == len(set(whole.targets.tolist()))
    assert torch.equal(whole.labels[: len(data.search)], data.search.labels)


def test_training_ends_when_neither_loss_nor_accuracy_improves(data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    course = [(0.5, 1.0), (0.4, 0.9), (0.6, 1.2), (0.6, 1.1), (0.6, 1.3), (0.5, 0.95), (0.7, 2.0)]
    judged = iter([Judged(*one) for one in course])
    monkeypatch.setattr(_graph_training, "judge", lambda *_: next(judged))
    settings = PublishedSettings({}, 0.01, 0.0, epochs=7, patience=3)
    network = Penalised()
    outcome = train(network, data.train, data.selection, settings, seed=0)
    assert (outcome.validation, outcome.best_epoch, outcome.epochs) == (0.6, 4, 6)
    assert network.steps == 4  # six were taken; it has the state after four of them again


def test_the_penalty_falls_on_the_weights_that_the_network_names(data: Any) -> None:
    network = Penalised()
    before = network.linear.weight.detach().clone()
    settings = PublishedSettings({}, 0.01, 1e3, epochs=1, patience=1)
    train(network, data.train, data.selection, settings, seed=0)
    assert network.weight.item() != 0
    moved = network.linear.weight.detach() - before
    torch.testing.assert_close(moved, -0.01 * before.sign(), rtol=0, atol=1e-4)


class Penalised(torch.nn.Module):
    """Two weights, one of them penalised; a buffer counts the steps."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.linear, self.weight = torch.nn.Linear(2, 2, bias=False), torch.nn.Parameter(torch.zeros(1))
        self.register_buffer("steps", torch.tensor(0))

    def penalised(self) -> list[torch.nn.Parameter]:
        return list(self.linear.parameters())

    def forward(self, graph: GraphInput) -> torch.Tensor:
        self.steps += self.training
        return torch.arange(5) * (self.weight + 1e-6 * self.linear.weight.sum()).expand(len(graph.targets), 1)


def test_help_names_what_may_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        graph_baselines.main(["--tasks", "cora", "pubmed"])
    assert "choose from" in capsys.readouterr().err


def test_the_command_line_becomes_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = SimpleNamespace()
    monkeypatch.setattr(graph_baselines, "run", lambda options, _: setattr(seen, "options", options) or tmp_path)
    assert graph_baselines.main(["--tasks", "photo", "--baselines", "gat", "gcn", "--seeds", "1"]) == 0
    assert (seen.options.tasks, seen.options.baselines, seen.options.seeds) == (("photo",), ("gat", "gcn"), 1)
    assert seen.options.command.startswith("python benchmarks/graph_baselines.py --tasks photo")
