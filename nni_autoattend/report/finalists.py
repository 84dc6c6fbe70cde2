"""The finalists of a search on a supernet, and simpler ones: what inherited weights said, what they came to alone."""

from collections.abc import Sequence

from nni_autoattend.report import cells
from nni_autoattend.report.data import FinalistRow
from nni_autoattend.report.markup import escape
from nni_autoattend.report.wording import formula

COLUMNS = ("Finalist", "Supernet", "Alone", "Loss alone")


def by_fitness(finalists: Sequence[FinalistRow]) -> list[FinalistRow]:
    """Return the finalists, the fittest alone first, those that diverged last."""
    return sorted(finalists, key=lambda row: float("inf") if row.fitness is None else -row.fitness)


def finalists_table(finalists: Sequence[FinalistRow]) -> str:
    """Return the finalists as an HTML table, in their order."""
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    body = "".join(map(_row, finalists))
    return f'<table class="finalists"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(row: FinalistRow) -> str:
    layers = range(1, len(row.architecture.layers) + 1)
    words = "<br/>".join(escape(formula(row.architecture, target)) for target in layers)
    loss = cells.DASH if row.loss is None else f"{row.loss:.3f}"
    numbers = (cells.percent(row.supernet), cells.percent(row.score), loss)
    return f'<tr><th scope="row">{words}</th>{"".join(f"<td>{number}</td>" for number in numbers)}</tr>'
