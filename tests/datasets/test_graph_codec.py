import json

import numpy as np
import pytest

from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.graph_features import SparseRows, compact
from nni_autoattend.datasets.graph_splits import Graph, GraphPart, GraphSplits
from nni_autoattend.errors import DataError

FEATURES = np.array([[0, 2], [2, 2], [90, 6], [8, 9]], np.float32)


def some_splits(**changes) -> GraphSplits:
    graph = Graph(FEATURES, np.array([[0, 1], [1, 0]]), np.array([0, 1, 0, 1]))
    train, valid, test = (GraphPart(graph, np.array(nodes)) for nodes in ([0, 1], [2], [3]))
    return GraphSplits("toy", train, valid, test, ("a", "b"), **changes)


def test_columns_are_scaled_by_training_nodes_alone():
    codec = GraphCodec.of(some_splits(), "columns", directed=False)
    assert codec.means == (1, 2)
    assert codec.scales == (1, 1)  # the second column is 2 at both training nodes
    assert codec.encode(FEATURES).tolist() == [[-1, 0], [1, 0], [89, 4], [7, 7]]


def test_rows_are_scaled_by_themselves():
    codec = GraphCodec.of(some_splits(), "rows", directed=True)
    assert codec.encode(FEATURES)[:2].tolist() == [[0, 1], [0.5, 0.5]]
    assert (codec.means, codec.directed) == ((), True)
    assert isinstance(codec.encode(compact(np.eye(2, 2))), np.ndarray)


def test_what_suits_the_data():
    assert GraphCodec.of(some_splits(), None, directed=False).normalise == "none"
    assert GraphCodec.of(some_splits(), None, directed=False).encode(FEATURES) is FEATURES
    assert GraphCodec.of(some_splits(bag_of_words=True), None, directed=False).normalise == "rows"
    named = GraphCodec.of(some_splits(feature_names=("x", "y")), None, directed=False)
    assert (named.normalise, named.feature_names) == ("columns", ("x", "y"))
    assert GraphCodec.of(some_splits(bag_of_words=True), "none", directed=False).normalise == "none"


def test_a_sparse_matrix_stays_sparse_where_rows_are_scaled():
    matrix = np.zeros((4, 40), np.float32)
    matrix[:, 3] = 5
    codec = GraphCodec(("a", "b"), 40, "rows")
    assert isinstance(codec.encode(compact(matrix)), SparseRows)


def test_another_number_of_features():
    with pytest.raises(DataError, match="nodes have 2 features, the model was trained with 3"):
        GraphCodec(("a", "b"), 3, "none").encode(FEATURES)


@pytest.mark.parametrize("normalise", ["rows", "columns", "none"])
def test_a_codec_travels_as_json(normalise):
    codec = GraphCodec.of(some_splits(feature_names=("x", "y")), normalise, directed=True)
    again = GraphCodec.from_json(json.loads(json.dumps(codec.to_json())))
    assert again == codec
    assert np.array_equal(again.encode(FEATURES), codec.encode(FEATURES))


@pytest.mark.parametrize(
    "change",
    [{"means": [1.0]}, {"scales": [0.0, 1.0]}, {"normalise": "cells"}, {"feature_names": ["x"]}, {"features": "many"}],
)
def test_damaged_descriptions(change):
    value = GraphCodec.of(some_splits(), "columns", directed=False).to_json()
    with pytest.raises(DataError, match="not the description of a graph codec"):
        GraphCodec.from_json(value | change)
    with pytest.raises(DataError, match="labels"):
        GraphCodec.from_json({})
