from nni_autoattend.report.data import ResultRow
from nni_autoattend.report.markdown import plain_rows, results_markdown
from nni_autoattend.report.table import COLUMNS

FOUND = ResultRow("autoattend", "found", 620490, 0.4321, 0.4172, 0.0061, 3, 1843.2)
ODD = ResultRow("a|b\n*c* <i>", "control", None, 0.4, 0.4, 0.0, 1, 5.0, 0.0172, -0.01, 0.04, "equal")


def test_plain_rows_have_one_text_per_column():
    header, rows = plain_rows([FOUND, ODD])
    assert header == COLUMNS
    assert [row[0] for row in rows] == [FOUND.name, ODD.name]
    assert rows[0][3] == "41.72 ± 0.61"


def test_markdown_is_a_table_of_equal_rows():
    lines = results_markdown([FOUND, ODD]).splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("| --- | ---: |")
    assert lines[2].startswith("| autoattend | 620,490 | 43.21 | 41.72 ± 0.61 | 3 |")
    cells = [line.replace("\\|", "").count("|") for line in lines]
    assert cells == [len(COLUMNS) + 1] * 4


def test_names_cannot_break_the_markdown():
    line = results_markdown([ODD]).splitlines()[2]
    assert line.startswith("| a\\|b \\*c\\* &lt;i> |")


def test_no_results_is_a_table_without_rows():
    assert len(results_markdown([]).splitlines()) == 2
