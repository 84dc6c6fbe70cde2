from xml.etree import ElementTree

import pytest

from nni_autoattend.report.cells import DASH
from nni_autoattend.report.confusion import MANY, confusion_table


def test_rows_are_true_labels_and_shades_are_shares():
    table = ElementTree.fromstring(confusion_table([[9, 1], [2, 6]], ["no", "yes"]))
    rows = table.findall("tbody/tr")
    assert ["".join(row.find("th").itertext()) for row in rows] == ["no", "yes"]
    assert [[cell.text for cell in row.findall("td")] for row in rows] == [["9", "1", "90.0 %"], ["2", "6", "75.0 %"]]
    assert rows[1].findall("td")[0].get("style") == "--share:0.250"
    assert [cell.get("class").split()[0] for cell in rows[1].findall("td")] == ["wrong", "right", "recall"]


def test_a_label_without_texts_has_no_recall():
    table = ElementTree.fromstring(confusion_table([[0, 0], [0, 3]], ["a", "b"]))
    assert table.findall("tbody/tr")[0].findall("td")[-1].text == DASH


def test_labels_are_escaped():
    text = confusion_table([[1]], ['<img src="x">'])
    assert "<img" not in text
    assert ElementTree.fromstring(text).find("tbody/tr/th").text == '<img src="x">'


def test_many_labels_are_marked_for_the_style_sheet():
    for labels, name in ((MANY, "confusion"), (MANY + 1, "confusion upright many")):
        table = ElementTree.fromstring(confusion_table([[0] * labels] * labels, ["x"] * labels))
        assert table.get("class") == name


def test_names_too_long_to_stand_abreast_are_written_upwards():
    topics = ["Theory", "Reinforcement Learning", "Genetic Algorithms", "Neural Networks", "Case Based"]
    for labels, name in ((topics[:2], "confusion"), (topics, "confusion upright")):
        table = ElementTree.fromstring(confusion_table([[0] * len(labels)] * len(labels), labels))
        assert table.get("class") == name


def test_nothing_counted_no_table():
    assert confusion_table([], ["a", "b"]) == ""


@pytest.mark.parametrize("counts", [[[1, 2]], [[1], [2]], [[1, 2], [3]]])
def test_counts_that_are_no_square_are_refused(counts):
    with pytest.raises(ValueError, match="square"):
        confusion_table(counts, ["a", "b"])
