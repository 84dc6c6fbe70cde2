"""Small networks that the tests of this room share, and what runs them both ways."""

from collections.abc import Sequence
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.graph_splits import Graph
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.datasets.vocabulary import Vocabulary
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.genes import Genes
from nni_autoattend.network.graph import GraphNetwork
from nni_autoattend.network.plain import run_path
from nni_autoattend.network.slots import Slots
from nni_autoattend.network.text import TextNetwork
from nni_autoattend.settings import NetworkShape
from nni_autoattend.settings_graph import GraphShape

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


@pytest.fixture
def node_codec():
    """Three labels, five features whose rows are scaled."""
    return GraphCodec(("theory", "practice", "both"), 5, "rows")


@pytest.fixture
def build_node_network():
    """codec -> a network for it in evaluation mode, with random weights and biases everywhere."""

    def build(codec):
        torch.manual_seed(0)
        architecture = Architecture((AdditionLayer(0, "gcn", "sage"), AttentionLayer(1, "linear", "gat2", "identity")))
        shape = GraphShape(8, 2, 0.1, 0.1, 0.1, input_dropout=0.1, activation="tanh", residual=True, normalise="layer")
        dimensions = GraphDimensions(codec.features, len(codec.labels), codec.multi_label)
        network = GraphNetwork(architecture, shape, dimensions)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        return network.eval()

    return build


@pytest.fixture
def cited():
    """Six papers with names, the last one cited by none; of two the label is not known."""
    edges = np.array([[1, 0, 2, 1, 4, 3], [0, 1, 1, 2, 3, 4]])
    features = np.random.default_rng(0).random((6, 5), dtype=np.float32)
    return Graph(features, edges, np.array([0, 1, -1, 2, -1, 0]), tuple("abcdef"))


def randomise(module: nn.Module) -> nn.Module:
    """Give all weights, those of norms too, random values that keep states of about their size."""
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5 if parameter.dim() == 1 else parameter.shape[-1] ** -0.5)
    return module


def mask_of(lengths: Sequence[int]) -> Tensor:
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def pad(states: Tensor, lengths: Sequence[int]) -> Tensor:
    """(..., T, C) -> (..., R, L, C) with zeros at padded positions."""
    *leading, _, width = states.shape
    flat = states.new_zeros(*leading, len(lengths) * max(lengths), width)
    flat = flat.index_copy(len(leading), TokenLayout.of(lengths).places, states)
    return flat.unflatten(-2, (len(lengths), max(lengths)))


def pack(states: Tensor, lengths: Sequence[int]) -> Tensor:
    """(..., R, L, C) -> (..., T, C)."""
    return states.flatten(-3, -2)[..., TokenLayout.of(lengths).places, :]


def run_plain_paths(
    architectures: Sequence[Architecture], states0: Tensor, lengths: Sequence[int], slots: Slots
) -> Tensor:
    """What ``run_paths`` promises, by the plain reference: one architecture after the other on padded rows."""
    padded, mask = pad(states0, lengths), mask_of(lengths)
    last = [run_path(one, own, mask, slots) for one, own in zip(architectures, padded, strict=True)]
    return pack(torch.stack(last), lengths)


def with_gradients(output: Tensor, inputs: Sequence[Tensor]) -> list[Tensor]:
    """Return ``output`` and the gradients of a fixed random sum of it; zeros where there is none."""
    weighting = torch.randn(output.shape, generator=torch.Generator().manual_seed(1)).to(output)
    gradients = torch.autograd.grad((output * weighting).sum(), inputs, materialize_grads=True, allow_unused=True)
    return [output.detach(), *gradients]


def assert_agree(found: Sequence[Tensor], expected: Sequence[Tensor], tolerance: float, floor: float = 1e-3) -> None:
    """Compare an output and its gradients, each relative to its largest entry.

    Some gradients are nothing but rounding (a shift of all scores of a softmax changes nothing): where one is smaller
    than ``floor`` times the largest of all gradients, its own size is no measure.
    """
    floor *= max(float(gradient.abs().max()) for gradient in expected[1:])
    torch.testing.assert_close(found[0], expected[0], rtol=0, atol=tolerance * float(expected[0].abs().max()))
    for one, other in zip(found[1:], expected[1:], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance * max(floor, float(other.abs().max())))


@pytest.fixture(scope="session")
def check() -> SimpleNamespace:
    return SimpleNamespace(
        randomise=randomise,
        mask_of=mask_of,
        pad=pad,
        pack=pack,
        run_plain_paths=run_plain_paths,
        with_gradients=with_gradients,
        agree=assert_agree,
    )
