from xml.etree import ElementTree

import pytest

from nni_autoattend.report.data import ResultRow
from nni_autoattend.report.forest import WIDTH, forest_svg, reach


def row(difference: float | None, low: float | None, high: float | None) -> ResultRow:
    return ResultRow("x", "baseline", 1, 0.5, 0.5, 0.0, 1, 1.0, difference, low, high)


def test_the_scale_reaches_the_farthest_bound():
    assert reach([row(0.01, -0.02, 0.04), row(-0.03, -0.06, 0.0), row(None, None, float("nan"))]) == 0.06
    assert reach([]) == 0.0


def test_zero_is_in_the_middle_and_an_interval_lies_on_its_side():
    dot = ElementTree.fromstring(forest_svg(row(0.0, -0.01, 0.01), 0.05)).find("circle")
    assert float(dot.get("cx")) == WIDTH / 2
    span = ElementTree.fromstring(forest_svg(row(-0.03, -0.05, -0.01), 0.05)).findall("path")[1].get("d")
    left, right = float(span[1:].split()[0]), float(span.split("H")[1])
    assert 0 < left < right < WIDTH / 2


@pytest.mark.parametrize("values", [(None, -0.1, 0.1), (0.0, None, 0.1), (0.0, -0.1, float("nan"))])
def test_a_missing_value_draws_nothing(values):
    assert forest_svg(row(*values), 0.1) == ""


def test_no_scale_no_drawing():
    assert forest_svg(row(0.0, 0.0, 0.0), 0.0) == ""
