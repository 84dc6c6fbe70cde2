"""The graph benchmark at toy size: every row, resumed, as a table."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import graph
from benchmarks._aims import aim_note
from benchmarks._found_networks import found_note
from benchmarks._rows import row_plans


@pytest.mark.slow
def test_all_rows_are_measured_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--task", "communities", "--toy", "--seeds", "2", "--epochs", "3"]
    words += ["--results", str(tmp_path / "results"), "--work", str(tmp_path / "work")]
    assert graph.main(words) == 0
    result = json.loads((tmp_path / "results" / "graph-communities.json").read_text())
    assert result["complete"]
    names = [row["name"] for row in result["rows"]]
    assert names == [plan.name for plan in row_plans("graph")]
    assert {"gcn", "gat", "graphsage", "appnp", "label-propagation"} < set(names)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").rglob("journal.jsonl")}
    assert graph.main(words) == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "work").rglob("journal.jsonl")} == before
    capsys.readouterr()
    assert graph.main(["--table", "--results", str(tmp_path / "results")]) == 0
    table = capsys.readouterr().out
    assert "| appnp |" in table
    assert "\nFound: autoattend search 0: " in table


def test_the_rows_of_graphs_have_no_published_architecture() -> None:
    assert [plan.name for plan in row_plans("graph") if "published" in plan.name] == []
    assert [plan.name for plan in row_plans("text") if "published" in plan.name] != []


@pytest.mark.parametrize(
    ("task", "found", "told"),
    [
        ("cora", 0.84, "Aim 84.50: missed by 0.50. Published: gcn 81.50, "),
        ("photo", 0.925, "Aim 92.50: reached. Published: gcn 91.20, "),
        ("trec", 0.9, ""),
        ("cora", None, ""),
    ],
)
def test_a_table_tells_whether_the_aim_is_reached(task: str, found: float | None, told: str) -> None:
    assert aim_note(task, found).startswith(told)
    assert bool(aim_note(task, found)) == bool(told)


def result(layers: int, top: list[list[list[int]]], trainings: list[str]) -> dict[str, Any]:
    genes = {"layers": layers, "kinds": ["addition", "attention"], "operations": ["zero", "identity", "gcn"]}
    return {
        "settings": {"space": {"genes": genes}},
        "rows": [{"name": "found", "measured": {"predictions": [{"training": one} for one in trainings]}}],
        "searches": [{"name": "autoattend", "seed": seed, "top": top} for seed in (0, 1)],
    }


def test_a_table_tells_what_retraining_picked_of_every_search() -> None:
    top = [[[1, 0, 0, -1, 0], [2, 1, 0, -1, 0]], [[2, 0, 2, 1, 1], [1, 1, 2, -1, 0]]]
    trainings = ["autoattend search 0/candidate-2/seed0", "autoattend search 0/candidate-2/seed1"]
    found = found_note(result(2, top, [*trainings, "autoattend search 1/candidate-1/seed0"]))
    assert found == (
        "Found: autoattend search 0: attention: Query gcn(s0), Key gcn(s0), Value identity(s0), "
        "then identity(s1) + gcn(s1); autoattend search 1: identity(s0), then gcn(s1)."
    )


def test_long_networks_and_older_files_are_told_by_the_file_alone() -> None:
    assert found_note(result(8, [], [])) == ""
    older = result(2, [], [])
    del older["rows"][0]["measured"]
    assert found_note(older) == ""
