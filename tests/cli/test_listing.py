from typing import Any

import pytest

from nni_autoattend import recipes
from nni_autoattend.datasets.graph_tasks import graph_task_names
from nni_autoattend.datasets.tasks import TASKS


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("spaces", recipes.names("search_spaces")),
        ("strategies", recipes.names("strategies")),
        ("tasks", [*sorted(TASKS), *graph_task_names()]),
    ],
)
def test_names_come_with_a_line_of_description(cli: Any, what: str, names: list[str]) -> None:
    answer = cli("list", what)
    assert answer.code == 0
    assert [line.split()[0] for line in answer.out.splitlines()] == names
    assert all(len(line.split()) > 2 for line in answer.out.splitlines())
    rows = cli("list", what, "--json").json()
    assert [row["name"] for row in rows] == names
    assert all(row["description"] for row in rows)


def test_baselines(cli: Any) -> None:
    rows = [tuple(line.split()) for line in cli("list", "baselines").out.splitlines()]
    wanted = {("transformer", "text"), ("tfidf-logistic", "text"), ("gcn", "graph"), ("label-propagation", "graph")}
    assert wanted | {("random-architecture", "text"), ("random-architecture", "graph")} <= set(rows)
    assert len(rows) == len(set(rows))


def test_no_runs_yet(cli: Any) -> None:
    answer = cli("list", "runs")
    assert (answer.code, answer.out) == (0, "")
    assert "no runs yet" in answer.err
    assert cli("list", "runs", "--json").json() == []


def test_what_cannot_be_listed(cli: Any) -> None:
    answer = cli("list", "things")
    assert answer.code == 2
    assert "strategies" in answer.err
