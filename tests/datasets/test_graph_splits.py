from dataclasses import replace

import numpy as np
import pytest

from nni_autoattend.datasets.graph_edges import clean_edges
from nni_autoattend.datasets.graph_features import compact
from nni_autoattend.datasets.graph_splits import Graph, GraphPart, GraphSplits, count_classes

EDGES, _ = clean_edges(np.array([[0, 1, 2, 3], [1, 2, 3, 4]]), 6)
FEATURES = np.arange(12, dtype=np.float32).reshape(6, 2)


def a_graph(**changes) -> Graph:
    values = {"features": FEATURES, "edges": EDGES, "classes": np.array([0, 1, 1, 0, 1, -1])} | changes
    return Graph(**values)


def some_splits(graph: Graph) -> GraphSplits:
    parts = (GraphPart(graph, np.array(nodes)) for nodes in ([0, 1], [2, 3], [4]))
    return GraphSplits("toy", *parts, labels=("a", "b"))


def test_a_graph_knows_its_nodes():
    graph = a_graph(ids=tuple("abcdef"))
    assert graph.nodes == 6
    assert graph.unlabelled.tolist() == [5]
    assert graph.names(np.array([5, 0])) == ["f", "a"]
    assert a_graph().names(np.array([5, 0])) == ["5", "0"]
    with pytest.raises(ValueError, match="6 nodes have features, 2 have a class"):
        a_graph(classes=np.array([0, 1]))
    with pytest.raises(ValueError, match="6 nodes"):
        a_graph(ids=("a",))


def test_several_labels():
    classes = np.array([[1, 1], [0, 0], [-1, -1], [0, 1], [1, 0], [0, 1]], np.int8)
    splits = some_splits(a_graph(classes=classes))
    assert splits.multi_label
    assert splits.train.graph.unlabelled.tolist() == [2]
    assert count_classes(classes, 2).tolist() == [2, 3]
    assert splits.class_counts()["train"] == {"a": 1, "b": 1}
    assert splits.class_counts()["valid"] == {"a": 0, "b": 1}


def test_parts_and_their_classes():
    splits = some_splits(a_graph())
    assert not splits.multi_label
    assert not splits.inductive
    assert {name: len(part) for name, part in splits.parts().items()} == {"train": 2, "valid": 2, "test": 1}
    assert splits.class_counts() == {
        "train": {"a": 1, "b": 1},
        "valid": {"a": 1, "b": 1},
        "test": {"a": 0, "b": 1},
    }
    assert replace(splits, test=GraphPart(a_graph(), np.array([4]))).inductive


def test_the_graph_of_some_nodes():
    small = a_graph(ids=tuple("abcdef")).induced(np.array([1, 2, 4]))
    assert small.edges.tolist() == [[1, 0], [0, 1]]  # 1-2 alone; 3, between 2 and 4, is gone
    assert small.ids == ("b", "c", "e")
    assert small.classes.tolist() == [1, 1, 1]
    assert small.features.tolist() == [[2, 3], [4, 5], [8, 9]]
    turned = a_graph().induced(np.array([2, 1, 0]))
    assert turned.edges.tolist() == [[1, 0, 2, 1], [0, 1, 1, 2]]  # sorted by target, then source
    assert turned.ids == ("2", "1", "0")


def test_the_fingerprint_tells_data_and_parts_apart():
    splits = some_splits(a_graph())
    assert splits.fingerprint() == some_splits(a_graph()).fingerprint()
    other_features, other_classes = FEATURES.copy(), np.array([0, 1, 1, 0, 0, -1])
    other_features[3, 1] += 1
    others = [
        some_splits(a_graph(features=other_features)),
        some_splits(a_graph(features=compact(np.eye(6, 200)))),
        some_splits(a_graph(edges=EDGES[:, :-1])),
        some_splits(a_graph(classes=other_classes)),
        replace(splits, train=splits.valid, valid=splits.train),
        replace(splits, labels=("a", "c")),
        replace(splits, test=GraphPart(a_graph(edges=EDGES[:, 1:]), splits.test.nodes)),
    ]
    assert len({splits.fingerprint(), *(other.fingerprint() for other in others)}) == 8
