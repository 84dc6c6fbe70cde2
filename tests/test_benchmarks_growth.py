"""The growth benchmark at toy size."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import growth
from benchmarks._growth_file import table
from benchmarks._growth_process import in_process
from benchmarks._growth_rows import Point, data_of, measure_row, settings_of
from nni_autoattend.errors import AutoAttendError, RunFolderError
from nni_autoattend.progress import SilentObserver

FIGURES = {
    "step": 0.5, "steps": [0.4, 0.5, 0.6], "path": 0.25, "evaluation": 0.125, "build": 1.0, "weights": 8_000_000,
    "before": 2**29, "peak": 2**30, "steady": 3 * 2**29,
}  # fmt: skip


class Fake:
    """Measures nothing; notes what it was asked."""

    def __init__(self, most: int = 99) -> None:
        self.points: list[Point] = []
        self.most = most

    def __call__(self, point: Point, threads: int) -> dict[str, Any]:
        if len(self.points) == self.most:
            raise KeyboardInterrupt
        self.points.append(point)
        return FIGURES


@pytest.fixture
def options(tmp_path: Path) -> growth.Options:
    return growth.Options(toy=True, results=tmp_path, command="a command")


def test_one_quantity_is_varied_at_a_time_and_the_base_is_measured_once() -> None:
    rows = growth.rows(growth.Options())
    assert len(rows) == 4 + (3 - 1) + (5 - 1) + (4 - 1) + (4 - 1)
    assert len({row.point for row in rows}) == len(rows)
    for row in rows:
        differing = [name for name in vars(growth.BASE) if getattr(row.point, name) != getattr(growth.BASE, name)]
        assert differing in ([], [row.varied])
        assert getattr(row.point, row.varied) == row.value


def test_rows_are_kept_and_not_repeated(options: growth.Options) -> None:
    interrupted = Fake(most=1)
    with pytest.raises(KeyboardInterrupt):
        growth.run(options, SilentObserver(), interrupted)
    path = options.results / "growth.json"
    assert not json.loads(path.read_text())["complete"]
    rest = Fake()
    assert growth.run(options, SilentObserver(), rest) == path
    assert [*interrupted.points, *rest.points] == [row.point for row in growth.rows(options)]
    value = json.loads(path.read_text())
    assert value["complete"] and value["threads"] == 1 and value["command"] == "a command"
    assert [row["value"] for row in value["rows"]] == [1, 2, 80]
    growth.run(options, SilentObserver(), Fake(most=0))  # nothing is left to measure


def test_another_plan_is_refused(options: growth.Options) -> None:
    growth.run(options, SilentObserver(), Fake())
    with pytest.raises(RunFolderError, match="other options"):
        growth.run(growth.Options(toy=True, threads=2, results=options.results), SilentObserver(), Fake())
    with pytest.raises(RunFolderError, match="other options"):
        growth.run(growth.Options(results=options.results), SilentObserver(), Fake())


def test_the_table(options: growth.Options, capsys: pytest.CaptureFixture[str]) -> None:
    growth.run(options, SilentObserver(), Fake())
    assert growth.main(["--table", "--results", str(options.results)]) == 0
    out = capsys.readouterr().out
    assert out == table(options.results / "growth.json")
    held, _, header, rule, *lines = out.splitlines()
    assert held == (
        "Base: layers 2, width 8, tokens per text 3, paths per step 2, texts 40; "
        "8 texts per step, sharing full, 1 thread(s)."
    )
    assert header.count("|") == rule.count("|") == lines[0].count("|")
    assert lines[0] == "| layers 1 | 0.500 | 250 | 0.125 | 2.0 M | 1.00 GiB | 1.50 GiB |"
    assert [line.split(" | ")[0] for line in lines] == ["| layers 1", "| layers 2", "| texts 80"]


def test_texts_are_of_one_length_and_all_different() -> None:
    settings = settings_of(growth.TOY)
    data = data_of(growth.TOY, settings)
    assert (len(data.train), len(data.search)) == (40, 40)
    assert set(data.train.lengths.tolist()) == {3}
    assert len(data.search.distinct.texts) == 40
    genes, search = settings.space.genes, settings.strategy.search
    assert (genes.layers, settings.space.search.width, search.batch_size) == (2, 8, 8)
    assert settings.strategy.arguments["paths"] == 2


@pytest.mark.timeout(240)  # imports nni
def test_a_row_is_measured() -> None:
    figures = measure_row(growth.TOY, 1)
    assert figures.keys() == FIGURES.keys()
    assert len(figures["steps"]) == 2 and min(figures["steps"]) > 0
    assert figures["path"] == pytest.approx(figures["step"] / 2)
    assert figures["evaluation"] > 0 and figures["weights"] > 0
    assert figures["peak"] is None or figures["steady"] >= figures["peak"]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_in_a_process_of_its_own(options: growth.Options) -> None:
    value = json.loads(growth.run(options, SilentObserver()).read_text())
    assert value["complete"]
    for figures in (row["figures"] for row in value["rows"]):
        assert figures["peak"] is None or figures["peak"] > figures["before"] > 0


def test_a_process_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        returncode, stdout, stderr = 1, "", "Traceback\nValueError: heads (8) must divide width (7)\n"

    monkeypatch.setattr("benchmarks._own_process.subprocess.run", lambda *_, **__: Done)
    with pytest.raises(AutoAttendError, match=r"could not be measured: ValueError: heads"):
        in_process(growth.TOY, 1)
