from itertools import combinations
from random import Random

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.genes import Genes
from nni_autoattend.report.layout import lay_out, readers, side_edges

GENES = Genes(24, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))


def test_the_first_edge_comes_down_the_column_and_the_others_from_the_side():
    architecture = Architecture((AdditionLayer(0, "conv1", "gru"), AttentionLayer(0, "conv1", "gru", "identity")))
    assert [edge.operation for edge in side_edges(architecture, 1)] == ["gru"]
    assert [edge.role for edge in side_edges(architecture, 2)] == ["key", "value"]


def test_readers_name_each_reading_layer_once():
    architecture = Architecture((AttentionLayer(0, "conv1", "gru", "gru"), AdditionLayer(0, "conv1", "conv1")))
    assert readers(architecture) == {0: [1, 2]}


def test_a_zero_operand_reads_nothing():
    architecture = Architecture((AdditionLayer(0, "conv1", "zero"),))
    assert readers(architecture) == {}
    assert lay_out(architecture, 10).lanes == {}


@pytest.mark.parametrize("seed", range(20))
def test_runs_on_one_lane_never_meet(seed):
    architecture = GENES.random(Random(seed))
    lanes = lay_out(architecture, 10).lanes
    spans = {source: (source, targets[-1]) for source, targets in readers(architecture).items()}
    assert set(lanes) == set(spans)
    for one, other in combinations(sorted(spans), 2):
        if lanes[one] == lanes[other]:
            assert spans[one][1] <= spans[other][0], f"states {one} and {other} share lane {lanes[one]}"
    assert sorted(set(lanes.values())) == list(range(len(set(lanes.values()))))


def test_short_runs_lie_inside():
    layers = [AdditionLayer(0, "conv1", "gru") for _ in range(3)] + [AdditionLayer(3, "conv1", "gru")]
    layers += [AdditionLayer(0, "conv1", "gru")]
    lanes = lay_out(Architecture(tuple(layers)), 10).lanes
    assert lanes == {3: 0, 0: 1}


def test_rows_follow_each_other_and_the_drawing_holds_them():
    layout = lay_out(GENES.random(Random(0)), 16)
    for target in range(1, 25):
        assert layout.state(target - 1) < layout.box_top(target) < layout.state(target) < layout.height
        assert layout.box_top(target) < layout.port(target, 0, 2) < layout.port(target, 1, 2) < layout.state(target)
    assert layout.width > layout.lane(max(layout.lanes.values())) > layout.right + layout.pill
