"""The table of the benchmark of graph baselines, made from its result file."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nni_autoattend.report.cells import DASH, count, percent, points, seconds, spread

PUBLISHED: dict[str, dict[str, float]] = {
    "cora": {"gcn": 0.815, "gat": 0.830, "appnp": 0.833},
    "citeseer": {"gcn": 0.709, "gat": 0.725, "appnp": 0.718},
    "photo": {"gcn": 0.912, "gat": 0.857, "graphsage": 0.914},
}
"""Test accuracy. Kipf and Welling 2017 and Velickovic et al. 2018 of their own networks; APPNP as torch-geometric's
benchmark and GraphNAS (2019) list it; Photo: Shchur et al. 2018, means of 100 splits."""
_HEADER = (
    "Task", "Baseline", "Parameters", "Validation", "Test", "Seeds", "Published", "Above published", "Epochs", "Time"
)  # fmt: skip


def table(path: Path) -> str:
    """Return the Markdown of a result file: a line for every baseline on every task."""
    value = json.loads(path.read_text(encoding="utf-8"))
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in value["rows"]:
        of = row["row"]
        groups.setdefault((of["task"], of["baseline"]), []).append(row["figures"])
    rule = ["---", "---", *["---:"] * (len(_HEADER) - 2)]
    lines = [_HEADER, rule, *(_cells(task, name, figures) for (task, name), figures in groups.items())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cells(task: str, name: str, figures: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    tests = [one["test"] for one in figures]
    published = PUBLISHED.get(task, {}).get(name)
    mean = statistics.fmean(tests)
    epochs = [one["epochs"] for one in figures if one["epochs"] is not None]
    return (
        task,
        name,
        count(figures[0]["parameters"]),
        percent(statistics.fmean(one["validation"] for one in figures)),
        spread(mean, statistics.stdev(tests) if len(tests) > 1 else None, len(tests)),
        str(len(tests)),
        percent(published),
        points(None if published is None else mean - published),
        str(round(statistics.fmean(epochs))) if epochs else DASH,
        seconds(statistics.fmean(one["seconds"] for one in figures)),
    )
