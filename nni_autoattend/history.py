"""The history of a run's training: rows of figures that become ``history.csv``, rewritten whole at checkpoints."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from nni_autoattend.files import write_text

COLUMNS = ("phase", "epoch", "step", "loss", "score", "skipped", "seconds")
"""``seconds`` is wall-clock time and the only column that two equal runs may differ in."""

Row = dict[str, str | int | float | None]


class History:
    """Rows of training figures; a checkpoint stores ``rows``, so a resumed run continues the very same table."""

    def __init__(self, path: Path | None = None, rows: Iterable[Row] = ()) -> None:
        self.path = path
        self.rows: list[Row] = list(rows)

    def add(self, phase: str, **figures: str | int | float | None) -> None:
        """Append a row; ``figures`` are named by ``COLUMNS``."""
        unknown = set(figures) - set(COLUMNS)
        if unknown:
            raise TypeError(f"history has no columns {sorted(unknown)}")
        self.rows.append({"phase": phase, **figures})

    def drop(self, phase: str) -> None:
        """Forget the rows of ``phase``: a resumed phase brings its own back from its checkpoint."""
        self.rows = [row for row in self.rows if row["phase"] != phase]

    def write(self) -> None:
        """Write the table atomically (nothing without a path)."""
        if self.path is None:
            return
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_text(self.path, buffer.getvalue())


def read_history(path: Path) -> list[dict[str, str]]:
    """Return the rows of a ``history.csv`` as text values; no file, no rows."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
