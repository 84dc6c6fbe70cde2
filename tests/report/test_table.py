from xml.etree import ElementTree

import pytest

from nni_autoattend.report.cells import DASH, MINUS
from nni_autoattend.report.data import ResultRow
from nni_autoattend.report.table import COLUMNS, result_cells, results_table

FOUND = ResultRow("autoattend", "found", 620490, 0.4321, 0.4172, 0.0061, 3, 1843.2)
LOST = ResultRow("<b>bert</b>", "baseline", 1203441, 0.39, 0.44, 0.01, 3, 912.0, -0.0229, -0.04, -0.006, "loses")
TRIVIAL = ResultRow("tfidf", "trivial", None, float("nan"), 0.376, float("nan"), 1, None, 0.04, 0.02, 0.06, "beats")


def test_cells_stand_in_the_order_of_the_columns():
    assert result_cells(LOST) == (
        "<b>bert</b>",
        "1,203,441",
        "39.00",
        "44.00 ± 1.00",
        "3",
        "15 min 12 s",
        f"{MINUS}2.29 [{MINUS}4.00, {MINUS}0.60]",
        "loses",
    )
    assert len(COLUMNS) == len(result_cells(FOUND))


def test_what_was_not_measured_is_a_dash():
    assert result_cells(FOUND)[-2:] == (DASH, DASH)
    assert result_cells(TRIVIAL)[1:6] == (DASH, DASH, f"37.60 ± {DASH}", "1", DASH)


def test_the_table_holds_every_row_escaped_and_labelled_for_cards():
    table = ElementTree.fromstring(results_table([FOUND, LOST, TRIVIAL]))
    rows = table.findall("tbody/tr")
    assert [row.get("data-network") for row in rows] == ["autoattend", "<b>bert</b>", "tfidf"]
    assert [row.get("class") for row in rows] == ["found", "baseline", "trivial"]
    assert [cell.get("data-column") for cell in rows[0].findall("td")] == list(COLUMNS[1:])
    assert table.find(".//b") is None
    assert len(table.findall(".//svg")) == 2, "the found row has no difference to draw"


@pytest.mark.parametrize(("verdict", "style"), [("beats", "beats"), ("equal", "equal"), ('odd" x="', "other")])
def test_verdicts_have_a_style_and_unknown_ones_are_shown_as_they_are(verdict, style):
    row = ResultRow("x", "control", 1, 0.1, 0.1, 0.1, 2, 1.0, 0.0, 0.0, 0.0, verdict)
    badge = ElementTree.fromstring(results_table([row])).find(".//span[@class='verdict " + style + "']")
    assert badge.text == verdict
