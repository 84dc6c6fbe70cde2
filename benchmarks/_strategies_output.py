"""The result file of the strategies benchmark, rewritten after every search, and the tables made from such files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from nni_autoattend.files import write_json
from nni_autoattend.report.cells import DASH, MINUS, interval, percent, points, spread
from nni_autoattend.report.cells import count as number
from nni_autoattend.report.cells import seconds as duration

if TYPE_CHECKING:
    from benchmarks._protocol import Protocol
    from benchmarks._searches import Searched
    from nni_autoattend.datasets.examples import Splits
    from nni_autoattend.experiment.bench import Bench

_COLUMNS = ("Strategy", "Searches", "Trials", "Steps", "Evaluations", "Wall", "CPU", "Best fitness", "Test")


def save_results(path: Path, protocol: Protocol, done: Sequence[Searched], bench: Bench, splits: Splits) -> None:
    """Retrain what the finished searches found, where that is not done yet, and write the file."""
    from benchmarks._bucketing_output import circumstances
    from nni_autoattend.experiment.results import result_rows
    from nni_autoattend.schema import to_plain

    clock, *compared = protocol.searches
    found = [plan for plan in compared if any(one.figures["name"] == plan.name for one in done)]
    rows = [_measure(plan.name, done, bench) for plan in found]
    figures = result_rows([row.measured for row in rows], bench.data.metric, len(bench.data.labels)) if rows else ()
    write_json(
        path,
        {
            "task": bench.settings.data.name,
            **circumstances(protocol.command, protocol.threads),
            "complete": len(done) == protocol.search_seeds * len(protocol.searches),
            "space": bench.settings.space.name,
            "clock": clock.name,
            "retrain": {**bench.settings.to_plain()["retrain"], "seeds": 1},
            "strategies": {plan.name: to_plain(protocol.settings(plan).strategy) for plan in protocol.searches},
            "searches": [dict(one.figures) for one in done],
            "rows": [{**to_plain(shown), "trainings": row.trainings} for row, shown in zip(rows, figures, strict=True)],
            "notes": [*splits.notes, *bench.notes],
        },
    )


def _measure(name: str, done: Sequence[Searched], bench: Bench) -> Any:
    """Return the pooled row of a strategy's searches: the best architecture of each, trained once."""
    from benchmarks._rows import pooled
    from nni_autoattend.experiment.entrants import searched

    own = [one for one in done if one.figures["name"] == name]
    entrants = [
        searched(f"{name} search {one.figures['seed']}", "control", "candidate", one.architectures, bench)
        for one in own
    ]
    return pooled(name, "control", entrants, bench)


def tables(folder: Path) -> str:
    """Return the Markdown of all result files in ``folder``."""
    return "\n".join(
        _table(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("strategies-*.json"))
    )


def _table(result: Mapping[str, Any]) -> str:
    rows, searches = result["rows"], result["searches"]
    first = rows[0]["name"] if rows else DASH
    header = (*_COLUMNS, f"{first} {MINUS} this")
    lines = [header, ("---", *["---:"] * (len(header) - 1)), *(_line(row, searches) for row in rows)]
    clocks = [one["wall_seconds"] for one in searches if one["name"] == result["clock"]]
    trials = [one["trials"] for one in searches if one["name"] == result["clock"]]
    unfinished = "" if result["complete"] else "; not all searches are done yet"
    body = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return (
        f"**{result['task']}**, `{result['space']}` (each has the time of {number(round(fmean(trials)))} stand-alone "
        f"trainings, {duration(fmean(clocks))}; then {result['retrain']['epochs']} epochs of retraining{unfinished})"
        f"\n\n{body}\n"
    )


def _line(row: Mapping[str, Any], searches: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    own = [one for one in searches if one["name"] == row["name"]]

    def mean(key: str) -> float | None:
        known = [one[key] for one in own if one[key] is not None]
        return fmean(known) if known else None

    counts = [mean(key) for key in ("trials", "steps", "evaluations")]
    difference = DASH if row["difference"] is None else _difference(row)
    return (
        row["name"],
        str(len(own)),
        *(DASH if not one else number(round(one)) for one in counts),
        *(duration(mean(key)) for key in ("wall_seconds", "cpu_seconds")),
        percent(mean("best_fitness")),
        spread(row["test_mean"], row["test_std"], row["seeds"]),
        difference,
    )


def _difference(row: Mapping[str, Any]) -> str:
    return f"{points(row['difference'])} {interval(row['low'], row['high'])}, {row['verdict']}"
