"""The scale benchmark at toy size."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import graph_scale
from benchmarks._graph_scale_output import table
from benchmarks._graph_scale_rows import ScalePoint, graph_of, in_process, measure_row
from nni_autoattend.errors import AutoAttendError, RunFolderError
from nni_autoattend.progress import SilentObserver

ARCHITECTURE = [
    {"kind": "addition", "source": 0, "left_op": "gcn", "right_op": "zero"},
    {"kind": "attention", "source": 1, "query_op": "sage", "key_op": "gat2", "value_op": "identity"},
]
FIGURES = {
    "architecture": ARCHITECTURE, "nodes": 100, "edges": 1000, "build": 0.1, "first": 0.9,
    "steps": [0.4, 0.5, 0.6], "step": 0.5, "cpu_step": 0.25, "before": 2**29, "peak": 2**30, "forecast": 2**28,
}  # fmt: skip


class Fake:
    """Measures nothing; notes what it was asked."""

    def __init__(self, most: int = 99) -> None:
        self.points: list[ScalePoint] = []
        self.most = most

    def __call__(self, point: ScalePoint, threads: int) -> dict[str, Any]:
        if len(self.points) == self.most:
            raise KeyboardInterrupt
        self.points.append(point)
        return FIGURES


@pytest.fixture
def options(tmp_path: Path) -> graph_scale.Options:
    return graph_scale.Options(toy=True, results=tmp_path, command="a command")


def test_sizes_go_from_ten_thousand_to_a_million() -> None:
    points = graph_scale.points(graph_scale.Options(architectures=2))
    assert len(points) == len(set(points)) == 10
    assert (points[0].edges, points[-1].edges) == (10**4, 10**6)
    assert [point.edges for point in points] == sorted(point.edges for point in points)


def test_rows_are_kept_and_not_repeated(options: graph_scale.Options) -> None:
    interrupted = Fake(most=1)
    with pytest.raises(KeyboardInterrupt):
        graph_scale.run(options, SilentObserver(), interrupted)
    path = options.results / "graph_scale.json"
    assert not json.loads(path.read_text())["complete"]
    rest = Fake()
    assert graph_scale.run(options, SilentObserver(), rest) == path
    assert [*interrupted.points, *rest.points] == graph_scale.points(options)
    value = json.loads(path.read_text())
    assert value["complete"] and value["threads"] == 1 and value["command"] == "a command"
    graph_scale.run(options, SilentObserver(), Fake(most=0))  # nothing is left to measure
    with pytest.raises(RunFolderError, match="other options"):
        graph_scale.run(graph_scale.Options(toy=True, threads=2, results=options.results), SilentObserver(), Fake())


def test_the_table(options: graph_scale.Options, capsys: pytest.CaptureFixture[str]) -> None:
    graph_scale.run(options, SilentObserver(), Fake())
    assert graph_scale.main(["--table", "--results", str(options.results)]) == 0
    out = capsys.readouterr().out
    assert out == table(options.results / "graph_scale.json")
    name, _, header, rule, *lines = out.splitlines()
    assert name.startswith("**addition(gcn, zero) of 0 | attention(sage, gat2, identity) of 1**")
    assert header.count("|") == rule.count("|") == lines[0].count("|")
    assert lines == ["| 1,000 | 100 | 0.500 | 0.250 | 250.00 | 0.50 GiB | 536,871 | 0.25 GiB | 1.00 GiB |"] * 2


@pytest.mark.parametrize("edges", [1_000, 20_000])
def test_graphs_have_about_as_many_edges_as_asked_for(edges: int) -> None:
    nodes = graph_of(ScalePoint(edges, 0, 1))
    assert nodes.layout.nodes == edges // 10
    assert 0.85 * edges < nodes.layout.edges.shape[1] <= edges
    assert len(nodes) == nodes.layout.nodes // 4
    assert nodes.features.shape == (nodes.layout.nodes, 64)


def test_a_row_is_measured() -> None:
    figures = measure_row(ScalePoint(1_000, 1, 2), 1)
    assert figures.keys() == FIGURES.keys()
    assert len(figures["architecture"]) == 2
    assert len(figures["steps"]) == 2 and min(figures["steps"]) > 0
    assert figures["cpu_step"] > 0 and figures["nodes"] == 100 and figures["forecast"] > 0
    assert figures["peak"] is None or figures["peak"] >= figures["before"]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_in_processes_of_their_own(options: graph_scale.Options) -> None:
    value = json.loads(graph_scale.run(options, SilentObserver()).read_text())
    assert value["complete"]
    small, large = (row["figures"] for row in value["rows"])
    assert small["architecture"] == large["architecture"] and small["edges"] < large["edges"]


def test_a_process_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        returncode, stdout, stderr = 1, "", "Traceback\nMemoryError: too much\n"

    monkeypatch.setattr("benchmarks._own_process.subprocess.run", lambda *_, **__: Done)
    with pytest.raises(AutoAttendError, match=r"edges=1000, .* could not be measured: MemoryError: too much"):
        in_process(ScalePoint(1_000, 0, 1), 1)
