"""Small networks that the tests of this room share."""

from random import Random

import pytest
import torch

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.vocabulary import Vocabulary
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.genes import Genes
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.settings import NetworkShape

SMALL = Architecture(
    (
        AdditionLayer(0, "gru", "conv3"),
        AttentionLayer(0, "conv1", "maxpool3", "identity"),
        AdditionLayer(1, "conv1", "zero"),
        AttentionLayer(2, "gru", "conv3", "conv1"),
    )
)


@pytest.fixture
def small():
    """An architecture with both layer kinds and every operation."""
    return SMALL


@pytest.fixture
def shape():
    """Width 8, two heads, dropout everywhere."""
    return NetworkShape(8, 2, 0.1, 0.1, 0.1)


@pytest.fixture
def draw_architecture():
    """seed -> a random architecture of five layers."""
    genes = Genes(5, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))
    return lambda seed: genes.random(Random(seed))


@pytest.fixture
def codec():
    """Words by spaces, windows of four tokens, three labels."""
    words = ("<pad>", "<unk>", "good", "bad", "so", "very", "film")
    return TextCodec("whitespace", Vocabulary(words), ("no", "yes", "maybe"), max_length=4)


@pytest.fixture
def network(small, shape, codec):
    """A network for ``codec`` in evaluation mode, with random weights and biases everywhere."""
    torch.manual_seed(0)
    network = TextNetwork(small, shape, TextDimensions(len(codec.vocabulary), 6, len(codec.labels)))
    for module in (network.stem, network.encoder, network.head):
        for parameter in module.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    return network.eval()
