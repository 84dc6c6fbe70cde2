from xml.etree import ElementTree

from nni_autoattend.report.cells import DASH
from nni_autoattend.report.confusion import MANY
from nni_autoattend.report.data import LabelRow
from nni_autoattend.report.labels import COLUMNS, labels_table

ROWS = [LabelRow("rare & odd", 2, 0, 0), LabelRow("common", 1600, 800, 400), LabelRow("never", 0, 3, 0)]


def rows_of(table: str) -> list[list[str | None]]:
    return [[cell.text for cell in row] for row in ElementTree.fromstring(table).findall("tbody/tr")]


def test_counts_and_shares_the_most_frequent_first():
    assert rows_of(labels_table(ROWS)) == [
        ["common", "1,600", "800", "400", "50.00", "25.00", "33.33"],
        ["rare & odd", "2", "0", "0", DASH, "0.00", "0.00"],
        ["never", "0", "3", "0", "0.00", DASH, "0.00"],
    ]
    assert len(rows_of(labels_table(ROWS))[0]) == len(COLUMNS)


def test_many_labels_scroll():
    for count, kind in ((MANY, "labels"), (MANY + 1, "labels many")):
        assert ElementTree.fromstring(labels_table(ROWS[:1] * count)).get("class") == kind


def test_no_labels_no_table():
    assert labels_table([]) == ""
