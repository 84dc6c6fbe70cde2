"""Labels one by one, where an item may have several of them: how often each is found, and how often rightly."""

from collections.abc import Sequence

from nni_autoattend.report.cells import count, percent
from nni_autoattend.report.confusion import MANY
from nni_autoattend.report.data import LabelRow
from nni_autoattend.report.markup import escape, plain_table, table_row

COLUMNS = ("Label", "Has it", "Is said to", "Both", "Precision", "Recall", "F1")


def labels_table(rows: Sequence[LabelRow]) -> str:
    """Return an HTML table, the most frequent label first; empty without labels."""
    if not rows:
        return ""
    kinds = "labels" + " many" * (len(rows) > MANY)
    return plain_table(kinds, COLUMNS, map(_row, sorted(rows, key=lambda row: -row.present)))


def _row(row: LabelRow) -> str:
    shares = (
        _share(row.right, row.found),
        _share(row.right, row.present),
        _share(2 * row.right, row.present + row.found),
    )
    return table_row(escape(row.name), (*map(count, (row.present, row.found, row.right)), *map(percent, shares)))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
