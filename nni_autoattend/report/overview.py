"""What stands above everything: the found network's figures and what it beats."""

from collections import Counter
from collections.abc import Sequence

from nni_autoattend.report import cells
from nni_autoattend.report.data import ReportData, ResultRow
from nni_autoattend.report.markup import escape

VERDICTS = ("beats", "equal", "loses")


def found_row(results: Sequence[ResultRow]) -> ResultRow | None:
    """Return the row of the found network, if it was measured."""
    return next((row for row in results if row.kind == "found"), None)


def verdicts(results: Sequence[ResultRow]) -> str:
    """Return how the comparisons came out: ``beats 3, equal 1, loses 0``; a dash without comparisons."""
    counts = Counter(row.verdict for row in results)
    if not any(counts[name] for name in VERDICTS):
        return cells.DASH
    return ", ".join(f"{name} {counts[name]}" for name in VERDICTS)


def overview(data: ReportData) -> str:
    """Return the key figures as a definition list."""
    found = found_row(data.results)
    seeds = found.seeds if found else 0
    test = cells.spread(found.test_mean, found.test_std, seeds) if found else cells.DASH
    kinds = Counter(layer.kind for layer in data.architecture.layers)
    figures = (
        (f"test {data.metric}, %", test, f"{seeds} seed{'' if seeds == 1 else 's'}"),
        ("parameters", cells.count(found.parameters if found else None), data.counted),
        ("layers", str(len(data.architecture.layers)), f"{kinds['attention']} attention, {kinds['addition']} addition"),
        ("against the others", verdicts(data.results), "by the interval of the difference"),
    )
    return '<dl class="figures">' + "".join(_figure(*figure) for figure in figures) + "</dl>"


def _figure(name: str, value: str, remark: str) -> str:
    return f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(remark)}</small></dd></div>"
