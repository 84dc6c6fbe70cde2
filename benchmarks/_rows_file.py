"""A result file that is rewritten after every row, so that nothing that was measured is measured again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row", bound="DataclassInstance")


class RowsFile(Generic[Row]):
    """The rows that were measured, sorted by what they are of.

    Args:
        path: the file; the rows that it holds are kept, planned or not.
        planned: all rows, dataclasses of plain values.
        threads: torch threads.
        command: as it was typed.

    Raises:
        RunFolderError: the file was made with another number of threads.
    """

    def __init__(self, path: Path, planned: Sequence[Row], threads: int, command: str) -> None:
        self.path, self._planned, self._threads, self._command = path, planned, threads, command
        self.rows: list[dict[str, Any]] = self._known()

    def missing(self) -> list[Row]:
        """Return the planned rows that are not measured yet."""
        known = [row["row"] for row in self.rows]
        return [row for row in self._planned if asdict(row) not in known]

    def add(self, row: Row, figures: dict[str, Any]) -> None:
        """Add what was measured and write the file."""
        self.rows.append({"row": asdict(row), "figures": figures})
        self.rows.sort(key=lambda known: tuple(known["row"].values()))
        write_json(
            self.path,
            {
                "command": self._command,
                "updated": datetime.now().astimezone().isoformat(timespec="seconds"),
                "complete": not self.missing(),
                "versions": {**versions(), "torch-geometric": version("torch-geometric")},
                "machine": machine(),
                "threads": self._threads,
                "rows": self.rows,
            },
        )

    def _known(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        value = json.loads(self.path.read_text(encoding="utf-8"))
        if value["threads"] != self._threads:
            raise RunFolderError(f"{self.path} was measured with other options; move it away, or choose --results")
        rows: list[dict[str, Any]] = value["rows"]
        return rows
