from dataclasses import replace
from xml.etree import ElementTree

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.report.cells import DASH
from nni_autoattend.report.data import ReportData, ResultRow
from nni_autoattend.report.overview import found_row, overview, verdicts

FOUND = ResultRow("autoattend", "found", 620490, 0.43, 0.4172, 0.0061, 1, 1843.2)
OTHERS = [
    ResultRow(name, "baseline", 1, 0.4, 0.4, 0.01, 3, 1.0, 0.1, 0.0, 0.2, verdict)
    for name, verdict in (("a", "beats"), ("b", "loses"), ("c", "beats"))
]
ARCHITECTURE = Architecture((AdditionLayer(0, "gru", "zero"), AttentionLayer(0, "conv1", "gru", "gru")))
DATA = ReportData("t", "c", {}, ARCHITECTURE, (), [], [], [*OTHERS, FOUND], [], [], "accuracy", {}, [])


def figures(data: ReportData) -> dict[str, str]:
    root = ElementTree.fromstring(overview(data))
    return {item.find("dt").text: item.find("dd").text for item in root.findall("div")}


def test_the_found_row_is_found_wherever_it_stands():
    assert found_row(DATA.results) is FOUND
    assert found_row(OTHERS) is None


def test_verdicts_are_counted():
    assert verdicts(DATA.results) == "beats 2, equal 0, loses 1"
    assert verdicts([FOUND]) == DASH


def test_figures_are_those_of_the_found_network():
    assert figures(DATA) == {
        "test accuracy, %": f"41.72 ± {DASH}",
        "parameters": "620,490",
        "layers": "2",
        "against the others": "beats 2, equal 0, loses 1",
    }
    assert "1 attention, 1 addition" in overview(DATA)
    assert "1 seed<" in overview(DATA)


def test_without_results_figures_are_dashes():
    shown = figures(replace(DATA, results=[]))
    assert [shown[name] for name in ("test accuracy, %", "parameters", "against the others")] == [DASH] * 3
