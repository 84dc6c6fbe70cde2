"""The results table as Markdown, and as plain rows for a terminal."""

from collections.abc import Sequence

from nni_autoattend.report.data import ResultRow
from nni_autoattend.report.table import COLUMNS, result_cells


def plain_rows(results: Sequence[ResultRow]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the header and the rows of the results table as texts (scores in percent)."""
    return COLUMNS, [result_cells(row) for row in results]


def results_markdown(results: Sequence[ResultRow]) -> str:
    """Return the results table in GitHub's Markdown, numbers aligned to the right."""
    header, rows = plain_rows(results)
    rule = ["---", *["---:"] * (len(header) - 2), "---"]
    return "\n".join(_line(cells) for cells in [header, rule, *rows]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_cell(text) for text in cells) + " |"


def _cell(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return escaped.replace("<", "&lt;").replace("`", "\\`").replace("*", "\\*").replace("_", "\\_")
