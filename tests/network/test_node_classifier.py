from dataclasses import replace

import numpy as np
import pytest
import torch

from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_features import scale_rows
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.errors import DataError
from nni_autoattend.network.node_classifier import NodeClassifier

LABELS = ["theory", "practice", "both"]


@pytest.fixture
def classifier(build_node_network, node_codec):
    return NodeClassifier(build_node_network(node_codec), node_codec, {"metric": "accuracy"})


def logits_of(classifier, graph):
    """What the network says of all nodes, called by hand."""
    features = torch.from_numpy(scale_rows(graph.features))
    layout = GraphLayout.of(torch.from_numpy(graph.edges), graph.nodes)
    return classifier.network(GraphInput(features, layout, torch.arange(graph.nodes))).detach().double()


def test_predictions_are_the_networks_in_the_order_that_was_asked(classifier, cited):
    expected = logits_of(classifier, cited).softmax(dim=1)
    asked = np.array([5, 0, 3])
    predictions = classifier.predict(cited, asked)
    assert [prediction.node for prediction in predictions] == ["f", "a", "d"]
    for node, prediction in zip(asked, predictions, strict=True):
        assert list(prediction.probabilities) == LABELS
        assert list(prediction.probabilities.values()) == pytest.approx(expected[node].tolist(), abs=1e-6)
        assert prediction.labels == (LABELS[int(expected[node].argmax())],) == (prediction.label,)
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0, abs=1e-12)
    assert len({prediction.probabilities["both"] for prediction in predictions}) == 3


def test_the_nodes_without_a_label_are_predicted_unless_others_are_named(classifier, cited):
    assert [prediction.node for prediction in classifier.predict(cited)] == ["c", "e"]
    everywhere_known = replace(cited, classes=np.zeros(6, np.int64))
    assert classifier.predict(everywhere_known) == []
    assert classifier.predict(cited, np.array([], dtype=np.int64)) == []


def test_known_labels_change_nothing(classifier, cited):
    others = replace(cited, classes=np.array([2, 2, -1, 0, -1, 1]))
    assert classifier.predict(others) == classifier.predict(cited)


def test_several_labels_are_those_more_likely_than_not(build_node_network, node_codec, cited):
    codec = replace(node_codec, multi_label=True)
    classifier = NodeClassifier(build_node_network(codec), codec, {})
    classifier.network.head.classifier.bias.data -= logits_of(classifier, cited).float().mean(dim=0)
    expected = logits_of(classifier, cited).sigmoid()
    predictions = classifier.predict(cited, np.arange(6))
    for row, prediction in zip(expected.tolist(), predictions, strict=True):
        assert list(prediction.probabilities.values()) == pytest.approx(row, abs=1e-6)
        assert list(prediction.labels) == [label for label, share in zip(LABELS, row, strict=True) if share > 0.5]
        assert prediction.label == ";".join(prediction.labels)
    assert len({len(prediction.labels) for prediction in predictions}) > 1


def test_dropout_is_off(build_node_network, node_codec, cited):
    classifier = NodeClassifier(build_node_network(node_codec).train(), node_codec, {})
    assert classifier.predict(cited) == classifier.predict(cited)


@pytest.mark.parametrize("asked", [[0, 6], [-1, 2]])
def test_a_node_that_is_not_there_is_told(classifier, cited, asked):
    with pytest.raises(DataError, match="the graph has nodes 0 to 5, asked for were"):
        classifier.predict(cited, np.array(asked))


def test_other_features_are_told(classifier, cited):
    with pytest.raises(DataError, match="nodes have 4 features, the model was trained with 5"):
        classifier.predict(replace(cited, features=cited.features[:, :4]))


@pytest.mark.parametrize("change", [{"labels": ("a", "b")}, {"features": 6}, {"multi_label": True}])
def test_a_codec_of_another_network_is_refused(build_node_network, node_codec, change):
    with pytest.raises(ValueError, match="5 features and 3 classes, the codec for others"):
        NodeClassifier(build_node_network(node_codec), replace(node_codec, **change), {})
