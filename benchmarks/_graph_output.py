"""The table of the benchmark of graph baselines, made from its result file."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._aims import BASELINES
from nni_autoattend.report.cells import DASH, count, percent, points, seconds, spread

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
    published = BASELINES.get(task, {}).get(name)
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
