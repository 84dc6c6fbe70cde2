"""The report: one HTML file that needs nothing else - no script, no font, no image from outside."""

from pathlib import Path

from nni_autoattend.files import write_text
from nni_autoattend.report import sections
from nni_autoattend.report.data import ReportData
from nni_autoattend.report.markup import escape, style_sheet
from nni_autoattend.report.overview import overview

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What the page may load: its own inline style, nothing else. The browser enforces it."""


def report_html(data: ReportData) -> str:
    """Return the whole page."""
    title = escape(data.title)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{title}</title>
<style>{style_sheet("page")}</style>
</head>
<body>
<header><p class="brand">nni-autoattend</p><h1>{title}</h1>{overview(data)}</header>
<main>
{sections.results_section(data)}
<div class="columns">
{sections.architecture_section(data)}
{sections.operations_section(data)}
{sections.search_section(data)}
{sections.supernet_section(data)}
{sections.confusion_section(data)}
{sections.forecast_section(data)}
{sections.reproduce_section(data)}
{sections.notes_section(data)}
</div>
</main>
</body>
</html>
"""


def write_report(data: ReportData, path: Path) -> Path:
    """Write the page to ``path`` atomically and return the path.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    write_text(path, report_html(data))
    return path
