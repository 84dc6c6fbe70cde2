"""The history of a run's training: rows of figures that become ``history.csv``, which grows at every epoch."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from nni_autoattend.files import append_text, write_text

COLUMNS = ("phase", "epoch", "step", "loss", "score", "skipped", "seconds")
"""``seconds`` is wall-clock time and the only column that two equal runs may differ in."""

Row = dict[str, str | int | float | None]


class History:
    """Rows of training figures; a checkpoint stores ``rows``, so a resumed run continues the very same table."""

    def __init__(self, path: Path | None = None, rows: Iterable[Row] = ()) -> None:
        self.path = path
        self.rows: list[Row] = list(rows)
        self._written = 0
        self._size: int | None = None  # of the file when it held the first _written rows and nothing else

    def add(self, phase: str, **figures: str | int | float | None) -> None:
        """Append a row; ``figures`` are named by ``COLUMNS``."""
        unknown = set(figures) - set(COLUMNS)
        if unknown:
            raise TypeError(f"history has no columns {sorted(unknown)}")
        self.rows.append({"phase": phase, **figures})

    def drop(self, phase: str) -> None:
        """Forget the rows of ``phase``: a resumed phase brings its own back from its checkpoint."""
        kept = [row for row in self.rows if row["phase"] != phase]
        if len(kept) < len(self.rows):
            self.rows, self._size = kept, None

    def write(self) -> None:
        """Bring the file up to date (nothing without a path).

        Only new rows are written where the file holds the others: a run of many trainings has tens of thousands. Else
        it is written whole, atomically.

        Raises:
            StorageError: the disk is full or the folder cannot be written.
        """
        if self.path is None:
            return
        if self._size is not None and self._size == _size(self.path):
            append_text(self.path, _lines(self.rows[self._written :]))
        else:
            write_text(self.path, ",".join(COLUMNS) + "\n" + _lines(self.rows))
        self._written, self._size = len(self.rows), _size(self.path)


def read_history(path: Path) -> list[dict[str, str]]:
    """Return the rows of a ``history.csv`` as text values; no file, no rows; a line that a kill cut short is none."""
    if not path.exists():
        return []
    whole_lines, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return list(csv.DictReader(io.StringIO(whole_lines)))


def _lines(rows: Sequence[Row]) -> str:
    buffer = io.StringIO()
    csv.DictWriter(buffer, COLUMNS, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
