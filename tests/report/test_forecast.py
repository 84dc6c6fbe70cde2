from dataclasses import replace
from xml.etree import ElementTree

from nni_autoattend.report.cells import MINUS
from nni_autoattend.report.data import ForecastRow, ReportData
from nni_autoattend.report.forecast import COLUMNS, forecast_cells, forecast_html
from nni_autoattend.report.page import report_html
from nni_autoattend.report.sections import forecast_section

ROWS = (
    ForecastRow("supernet", "seconds", 600.0, 660.0),
    ForecastRow("found", "seconds", 30.0, 12.0, "5 of 10 steps, not forecast"),
    ForecastRow("peak memory", "bytes", 2 * 1024**3, 1024**3),
)


def test_values_in_their_units_and_no_percentage_where_there_is_a_remark() -> None:
    assert [forecast_cells(row) for row in ROWS] == [
        ("supernet", "10 min 00 s", "11 min 00 s", "+10 %"),
        ("found", "30.0 s", "12.0 s", "5 of 10 steps, not forecast"),
        ("peak memory", "2.00 GiB", "1.00 GiB", f"{MINUS}50 %"),
    ]
    assert len(COLUMNS) == len(forecast_cells(ROWS[0]))


def test_the_section_stands_in_the_page(report_data: ReportData) -> None:
    data = replace(report_data, forecast=ROWS, forecast_told=("forecast 10 min, took <11> min",))
    root = ElementTree.fromstring(forecast_section(data))
    assert root.get("id") == "forecast"
    assert [cell.text for cell in root.iter("td") if cell.text][:3] == ["10 min 00 s", "11 min 00 s", "+10 %"]
    assert "took &lt;11&gt; min" in report_html(data)


def test_a_sentence_alone_and_nothing(report_data: ReportData) -> None:
    alone = replace(report_data, forecast_told=("no forecast: no time",))
    assert forecast_html(alone) == "<p>no forecast: no time</p>"
    assert forecast_section(report_data) == ""
    assert 'id="forecast"' not in report_html(report_data)
