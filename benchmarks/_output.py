"""The result file of a benchmark of searches, rewritten after every row, and the table made from such files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._aims import aim_note
from benchmarks._found_networks import found_note
from benchmarks._kept_rows import KEY as KEPT
from benchmarks._kept_rows import pack, row_to_plain
from nni_autoattend.experiment.results import result_rows
from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json
from nni_autoattend.report.cells import seconds as duration
from nni_autoattend.report.data import ResultRow
from nni_autoattend.report.markdown import results_markdown
from nni_autoattend.schema import to_plain

if TYPE_CHECKING:
    from benchmarks._protocol import Protocol
    from benchmarks._rows import Row, RowPlan
    from benchmarks._searches import Searched
    from nni_autoattend.experiment.bench import Bench


def save_results(
    path: Path,
    plans: Sequence[RowPlan],
    rows: Sequence[Row],
    searches: Sequence[Searched],
    protocol: Protocol,
    bench: Bench,
) -> None:
    """Write what is measured so far: the first ``len(rows)`` of the planned rows."""
    compared = result_rows([row.measured for row in rows], bench.data.metric, len(bench.data.labels))
    labels = rows[0].measured.predictions[0].labels
    write_json(
        path,
        {
            **same_protocol(protocol, bench),
            "command": protocol.command,
            "started": bench.folder.description()["created"],
            "updated": datetime.now().astimezone().isoformat(timespec="seconds"),
            "complete": len(rows) == len(plans),
            "versions": versions(),
            "machine": {**machine(), "threads": protocol.threads},
            "class_counts": bench.data.class_counts,
            "searches": [dict(done.figures) for done in searches],
            "rows": [
                {
                    **to_plain(figures),
                    **_search_time(plan, searches),
                    "trainings": row.trainings,
                    KEPT: row_to_plain(row),
                }
                for plan, row, figures in zip(plans, rows, compared, strict=False)
            ],
            "test_labels": pack(labels),
            "notes": bench.notes,
        },
    )


def same_protocol(protocol: Protocol, bench: Bench) -> dict[str, Any]:
    """Return what two result files must have in common for the rows of one to be rows of the other."""
    return {
        "task": bench.settings.data.name,
        "data_fingerprint": bench.folder.description()["data_fingerprint"],
        "settings": {
            **_settings(protocol, bench),
            "search_seeds": protocol.search_seeds,
            "control_seeds": protocol.control_seeds,
        },
    }


def tables(folder: Path, kind: str = "text") -> str:
    """Return the Markdown of all result files ``<kind>-*.json``: a table per task, then what its searches took."""
    return "\n".join(
        _table(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob(f"{kind}-*.json"))
    )


def _settings(protocol: Protocol, bench: Bench) -> dict[str, Any]:
    plain = bench.settings.to_plain()
    strategies = {plan.name: to_plain(protocol.settings(plan).strategy) for plan in protocol.searches}
    data = {**plain["data"], "root": None}  # a place on this machine is no part of the protocol
    return {"space": plain["space"], "data": data, "retrain": plain["retrain"], "strategies": strategies}


def _search_time(plan: RowPlan, searches: Sequence[Searched]) -> dict[str, float | None]:
    own = [done.figures for done in searches if plan.search and done.figures["name"] == plan.search]
    return {
        f"search_{time}_seconds": sum(figures[f"{time}_seconds"] for figures in own) if own else None
        for time in ("wall", "cpu")
    }


def _table(result: dict[str, Any]) -> str:
    names = {field.name for field in fields(ResultRow)}
    rows = [ResultRow(**{key: value for key, value in row.items() if key in names}) for row in result["rows"]]
    unfinished = "" if result["complete"] else "; not all rows are measured yet"
    retrain, settings = result["settings"]["retrain"], result["settings"]
    protocol = (
        f"{retrain['epochs']} epochs, {retrain['top_k']} tuning runs, {retrain['seeds']} retraining seeds, "
        f"{settings['search_seeds']} search seed(s){_controls(settings)}, {result['machine']['threads']} thread(s)"
    )
    searches = "; ".join(_search(figures) for figures in result["searches"])
    notes = [found_note(result), f"Searches: {searches}.", aim_note(result["task"], rows[0].test_mean)]
    told = "\n\n".join(note for note in notes if note)
    return f"**{result['task']}** ({protocol}{unfinished})\n\n{results_markdown(rows)}\n{told}\n"


def _controls(settings: dict[str, Any]) -> str:
    seeds = settings.get("control_seeds")
    return "" if seeds in (None, settings["search_seeds"]) else f", {seeds} of each control"


def _search(figures: dict[str, Any]) -> str:
    times = f"{duration(figures['wall_seconds'])} wall, {duration(figures['cpu_seconds'])} CPU"
    return f"{figures['name']} (seed {figures['seed']}) {times}, {figures['evaluations']} evaluations"
