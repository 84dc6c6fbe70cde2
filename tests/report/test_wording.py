import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.report.wording import edge_title, formula, summary, usage

ARCHITECTURE = Architecture(
    (
        AdditionLayer(0, "gru", "zero"),
        AttentionLayer(0, "conv1", "gru", "identity"),
        AdditionLayer(2, "conv3", "conv3"),
        AdditionLayer(1, "conv3", "conv3"),
    )
)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (1, "addition: gru(s0)"),
        (2, "attention: Query conv1(s1), Key gru(s0), Value identity(s0)"),
        (3, "addition: conv3(s2) + conv3(s2) (one module, used twice)"),
        (4, "addition: conv3(s3) + conv3(s1)"),
    ],
)
def test_formula_says_what_a_layer_computes(target, text):
    assert formula(ARCHITECTURE, target) == text


def test_edge_title_names_the_origin():
    query, key, _ = ARCHITECTURE.edges_of(2)
    assert edge_title(query) == "Layer 2, Query: conv1 on state 1, the output of addition layer 1"
    assert edge_title(key) == "Layer 2, Key: gru on state 0, the output of the stem"


def test_summary_counts_the_kinds():
    assert summary(ARCHITECTURE) == "4 functional layers in a chain: 1 multi-head attention, 3 addition."
    assert summary(Architecture(ARCHITECTURE.layers[:1])).startswith("1 functional layer in")


def test_usage_counts_edges_by_role_and_keeps_unused_operations():
    counted = usage(ARCHITECTURE, ("zero", "conv1", "maxpool3"))
    assert list(counted) == ["zero", "conv1", "maxpool3", "gru", "identity", "conv3"]
    assert counted["zero"].total() == counted["maxpool3"].total() == 0
    assert counted["gru"] == {"feature": 1, "key": 1}
    assert counted["conv3"] == {"feature": 4}
