"""The result file of the strategies benchmark, rewritten after every search, and the tables made from such files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from benchmarks._strategies_kept import finished_to_plain, read_finished, same_protocol, strategies_of
from nni_autoattend.experiment.results import result_rows
from nni_autoattend.experiment.run_folder import make_folder
from nni_autoattend.files import write_json
from nni_autoattend.report.cells import DASH, MINUS, interval, percent, points, spread
from nni_autoattend.report.cells import count as number
from nni_autoattend.report.cells import seconds as duration
from nni_autoattend.schema import to_plain

if TYPE_CHECKING:
    from benchmarks._protocol import Protocol
    from benchmarks._strategies_kept import Finished
    from nni_autoattend.datasets.examples import Splits
    from nni_autoattend.experiment.bench import Bench

_COLUMNS = ("Strategy", "Searches", "Trials", "Steps", "Evaluations", "Wall", "CPU", "Best fitness", "Test")
_PATIENCE_SECONDS = 60.0
"""How long a process waits for another one that is writing the same file."""


def save_results(path: Path, protocol: Protocol, own: Sequence[Finished], bench: Bench, splits: Splits) -> None:
    """Write what this process finished, beside what others have put into the file meanwhile."""
    from benchmarks._bucketing_output import circumstances
    from nni_autoattend.experiment import lock

    clock = protocol.searches[0]
    with lock.locked(make_folder(path.parent), _PATIENCE_SECONDS):
        finished = _in_order([*own, *read_finished(path, protocol, bench)], protocol)
        write_json(
            path,
            {
                **same_protocol(protocol, bench),
                **circumstances(protocol.command, protocol.threads),
                "complete": _complete(finished, protocol),
                "clock": clock.name,
                "strategies": strategies_of(protocol),
                **finished_to_plain(finished),
                "rows": _rows(finished, protocol, bench),
                "notes": [*splits.notes, *bench.notes],
            },
        )


def _complete(finished: Sequence[Finished], protocol: Protocol) -> bool:
    planned = {(plan.name, seed) for plan in protocol.searches for seed in range(protocol.search_seeds)}
    return planned <= {(one.name, one.seed) for one in finished}


def _in_order(finished: Sequence[Finished], protocol: Protocol) -> list[Finished]:
    """Return every search once, in the order of the plan, its seeds ascending."""
    known = {(one.name, one.seed): one for one in reversed(finished)}
    order = [plan.name for plan in protocol.searches]
    return [known[key] for key in sorted(known, key=lambda key: (order.index(key[0]), key[1]))]


def _rows(finished: Sequence[Finished], protocol: Protocol, bench: Bench) -> list[dict[str, Any]]:
    """Return the pooled row of every strategy that has a result, compared with the first."""
    from benchmarks._rows import joined

    of_plans = [
        (plan.name, [one.retrained for one in finished if one.name == plan.name and one.retrained])
        for plan in protocol.searches
    ]
    rows = [joined(name, "control", parts) for name, parts in of_plans if parts]
    figures = result_rows([row.measured for row in rows], bench.data.metric, len(bench.data.labels)) if rows else ()
    return [to_plain(one) for one in figures]


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
    space, epochs = result["space"]["name"], result["retrain"]["epochs"]
    return (
        f"**{result['task']}**, `{space}` (each has the time of {number(round(fmean(trials)))} stand-alone "
        f"trainings, {duration(fmean(clocks))}; then {epochs} epochs of retraining{unfinished})"
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
