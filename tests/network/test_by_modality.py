"""Networks of each kind of data: built, saved and loaded by what they are given."""

from pathlib import Path

import pytest
import torch
from torch import nn

from nni_autoattend.architecture import AdditionLayer, Architecture
from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.vocabulary import Vocabulary
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.network.by_modality import build_network, load_classifier, save_network
from nni_autoattend.network.classifier import TextClassifier
from nni_autoattend.network.graph import GraphNetwork
from nni_autoattend.network.node_classifier import NodeClassifier
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape

IDENTITY = Architecture((AdditionLayer(0, "identity", "zero"),))
SHAPE = NetworkShape(4, 2, 0.0, 0.0, 0.0)
GRAPH_SHAPE = GraphShape(4, 2, 0.0, 0.0, 0.0, 0.0, "tanh", residual=False, normalise="none")
WORDS = ("<pad>", "<unk>", "a")
KINDS = {
    "text": (SHAPE, TextDimensions(3, 5, 2), TextNetwork, TextClassifier),
    "graph": (GRAPH_SHAPE, GraphDimensions(5, 2, multi_label=False), GraphNetwork, NodeClassifier),
}
CODECS = {
    "text": TextCodec("whitespace", Vocabulary(WORDS), ("no", "yes"), 4),
    "graph": GraphCodec(("no", "yes"), 5, "none"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_comes_back_as_what_it_was(kind: str, tmp_path: Path) -> None:
    shape, dimensions, network_class, classifier_class = KINDS[kind]
    torch.manual_seed(0)
    network = build_network(IDENTITY, shape, dimensions)
    assert type(network) is network_class
    save_network(tmp_path, network, {"seed": 1}, CODECS[kind])
    loaded = load_classifier(tmp_path)
    assert type(loaded) is classifier_class
    assert loaded.description == {"seed": 1}
    for own, back in zip(network.parameters(), loaded.network.parameters(), strict=True):
        assert torch.equal(own, back)


def test_shape_and_dimensions_must_be_of_one_kind() -> None:
    with pytest.raises(TypeError, match="GraphShape"):
        build_network(IDENTITY, SHAPE, KINDS["graph"][1])


def test_only_networks_of_a_known_kind_are_saved(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Linear"):
        save_network(tmp_path, nn.Linear(1, 1), {}, None)
