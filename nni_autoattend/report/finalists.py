"""The finalists of a search on a supernet, and simpler ones: what inherited weights said, what they came to alone."""

from collections.abc import Sequence

from nni_autoattend.report import cells
from nni_autoattend.report.data import FinalistRow
from nni_autoattend.report.markup import escape, plain_table, table_row
from nni_autoattend.report.wording import formula

COLUMNS = ("Finalist", "Supernet", "Alone", "Loss alone")


def by_fitness(finalists: Sequence[FinalistRow]) -> list[FinalistRow]:
    """Return the finalists, the fittest alone first, those that diverged last."""
    return sorted(finalists, key=lambda row: float("inf") if row.fitness is None else -row.fitness)


def finalists_table(finalists: Sequence[FinalistRow]) -> str:
    """Return the finalists as an HTML table, in their order."""
    return plain_table("finalists", COLUMNS, map(_row, finalists))


def _row(row: FinalistRow) -> str:
    layers = range(1, len(row.architecture.layers) + 1)
    words = "<br/>".join(escape(formula(row.architecture, target)) for target in layers)
    loss = cells.DASH if row.loss is None else f"{row.loss:.3f}"
    return table_row(words, (cells.percent(row.supernet), cells.percent(row.score), loss))
