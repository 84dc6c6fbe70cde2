from xml.etree import ElementTree

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.report.cells import DASH
from nni_autoattend.report.data import FinalistRow
from nni_autoattend.report.finalists import COLUMNS, by_fitness, finalists_table

FIRST = Architecture((AdditionLayer(0, "gcn", "zero"), AttentionLayer(0, "sgc", "gcn", "gcn")))
SECOND = Architecture((AdditionLayer(0, "appnp", "zero"),))


def test_score_and_loss_order_nothing_by_themselves():
    rows = [FinalistRow(FIRST, 0.7, 0.9, 0.2, 0.5), FinalistRow(SECOND, 0.6, 0.8, 0.3, 0.6)]
    assert by_fitness(rows) == rows[::-1]


def test_the_fittest_comes_first_and_what_diverged_last():
    rows = [
        FinalistRow(FIRST, 0.7),
        FinalistRow(SECOND, 0.6, 0.8, 0.52, 0.69),
        FinalistRow(FIRST, 0.5, 0.81, 0.509, 0.7),
    ]
    table = ElementTree.fromstring(finalists_table(by_fitness(rows)))
    assert [cell.text for cell in table.findall("thead/tr/th")] == list(COLUMNS)
    cells = [[" ".join(part.itertext()) for part in row] for row in table.findall("tbody/tr")]
    both = "addition: gcn(s0) attention: Query sgc(s1), Key gcn(s0), Value gcn(s0)"
    assert cells == [
        [both, "50.00", "81.00", "0.509"],
        ["addition: appnp(s0)", "60.00", "80.00", "0.520"],
        [both, "70.00", DASH, DASH],
    ]
