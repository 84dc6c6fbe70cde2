"""What was forecast when the run began, and how far off it was."""

from nni_autoattend.report import cells
from nni_autoattend.report.data import ForecastRow, ReportData
from nni_autoattend.report.markup import escape, table_row

COLUMNS = ("Phase", "Forecast", "Measured", "Off by")


def forecast_cells(row: ForecastRow) -> tuple[str, ...]:
    """Return the texts of one row, in the order of ``COLUMNS``."""
    told = cells.gib if row.unit == "bytes" else cells.seconds
    return row.name, told(row.forecast), told(row.measured), row.remark or cells.off(row.forecast, row.measured)


def forecast_html(data: ReportData) -> str:
    """Return the sentences and the table; empty where nothing was forecast nor said of it."""
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in data.forecast_told)
    if not data.forecast:
        return told
    head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS[1:])
    rows = [[escape(cell) for cell in forecast_cells(row)] for row in data.forecast]
    body = "".join(table_row(name, values) for name, *values in rows)
    return f'{told}<table class="usage"><thead><tr><td></td>{head}</tr></thead>{body}</table>'
