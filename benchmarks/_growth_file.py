"""The result file of the growth benchmark, rewritten after every row, and the table made from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from statistics import mode
from typing import Any

from benchmarks._growth_rows import Row
from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json
from nni_autoattend.report.cells import DASH, gib

_NAMES = {
    "layers": "layers",
    "width": "width",
    "length": "tokens per text",
    "paths": "paths per step",
    "texts": "texts",
}
_HEADER = ("Varied", "Step, s", "Path, ms", "Evaluation, s", "Weights", "Peak memory", "Steady state")


class GrowthFile:
    """The rows that were measured, in the order in which they are planned.

    Args:
        path: the file; its rows are kept where it is of the same plan.
        planned: all rows.
        threads: torch threads.
        command: as it was typed.

    Raises:
        RunFolderError: the file is of another plan or another number of threads.
    """

    def __init__(self, path: Path, planned: Sequence[Row], threads: int, command: str) -> None:
        self.path, self._planned, self._threads, self._command = path, planned, threads, command
        self.rows: list[dict[str, Any]] = self._known()

    def missing(self) -> list[Row]:
        """Return the planned rows that are not measured yet."""
        known = [row["point"] for row in self.rows]
        return [row for row in self._planned if asdict(row.point) not in known]

    def add(self, row: Row, figures: dict[str, Any]) -> None:
        """Add what was measured and write the file."""
        self.rows.append({**asdict(row), "figures": figures})
        order = [asdict(planned.point) for planned in self._planned]
        self.rows.sort(key=lambda known: order.index(known["point"]))
        write_json(
            self.path,
            {
                "command": self._command,
                "updated": datetime.now().astimezone().isoformat(timespec="seconds"),
                "complete": len(self.rows) == len(self._planned),
                "versions": versions(),
                "machine": machine(),
                "threads": self._threads,
                "rows": self.rows,
            },
        )

    def _known(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        value = json.loads(self.path.read_text(encoding="utf-8"))
        planned = [asdict(row.point) for row in self._planned]
        if value["threads"] != self._threads or any(row["point"] not in planned for row in value["rows"]):
            raise RunFolderError(f"{self.path} was measured with other options; move it away, or choose --results")
        rows: list[dict[str, Any]] = value["rows"]
        return rows


def table(path: Path) -> str:
    """Return the Markdown of a result file: what was held, then a line per row."""
    value = json.loads(path.read_text(encoding="utf-8"))
    rule = ["---", *["---:"] * (len(_HEADER) - 1)]
    lines = [_HEADER, rule, *map(_cells, value["rows"])]
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{_held(value)}\n\n{body}\n"


def _held(value: dict[str, Any]) -> str:
    """Return what is the same in every row but the one that varies it: the point that most rows share."""
    points = [row["point"] for row in value["rows"]]
    base = {name: mode(point[name] for point in points) for name in points[0]}
    held = ", ".join(f"{told} {base[name]:,}" for name, told in _NAMES.items())
    return f"Base: {held}; {base['batch_size']} texts per step, sharing full, {value['threads']} thread(s)."


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    figures = row["figures"]
    return (
        f"{_NAMES[row['varied']]} {row['value']:,}",
        f"{figures['step']:.3f}",
        f"{1000 * figures['path']:.0f}",
        f"{figures['evaluation']:.3f}",
        f"{figures['weights'] / 4e6:.1f} M",
        gib(figures["peak"]) if figures["peak"] else DASH,
        gib(figures["steady"]) if figures["steady"] else DASH,
    )
