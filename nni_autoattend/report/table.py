"""The results table of the page."""

from collections.abc import Sequence

from nni_autoattend.report import cells
from nni_autoattend.report.data import ResultRow
from nni_autoattend.report.forest import forest_svg, reach
from nni_autoattend.report.markup import escape

DIFFERENCE = f"Found {cells.MINUS} this"
COLUMNS = ("Network", "Parameters", "Validation", "Test", "Seeds", "CPU time", DIFFERENCE, "The found one")


def result_cells(row: ResultRow) -> tuple[str, ...]:
    """Return the texts of one row, in the order of ``COLUMNS`` (scores in percent)."""
    interval = cells.interval(row.low, row.high)
    difference = cells.points(row.difference) + (f" {interval}" if interval != cells.DASH else "")
    return (
        row.name,
        cells.count(row.parameters),
        cells.percent(row.validation),
        cells.spread(row.test_mean, row.test_std, row.seeds),
        cells.count(row.seeds),
        cells.seconds(row.cpu_seconds),
        difference,
        row.verdict or cells.DASH,
    )


def results_table(results: Sequence[ResultRow]) -> str:
    """Return the results as an HTML table; on a narrow screen its style sheet turns rows into cards."""
    widest = reach(results)
    head = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in COLUMNS)
    body = "".join(_row(row, widest) for row in results)
    return (
        f'<table class="results" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _row(row: ResultRow, widest: float) -> str:
    name, *rest = result_cells(row)
    kind = f'<span class="kind">{escape(row.kind)}</span>'
    parts = [f'<th role="rowheader" scope="row">{escape(name)} {kind}</th>']
    for column, text in zip(COLUMNS[1:], rest, strict=True):
        content = escape(text)
        if column == DIFFERENCE:
            content = f"<span>{content}</span>{forest_svg(row, widest)}"
        if column == COLUMNS[-1] and row.verdict:
            known = row.verdict if row.verdict in ("beats", "equal", "loses") else "other"
            content = f'<span class="verdict {known}">{content}</span>'
        parts.append(f'<td role="cell" data-column="{column}">{content}</td>')
    return f'<tr role="row" class="{escape(row.kind)}" data-network="{escape(name)}">{"".join(parts)}</tr>'
