from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.encoded import EncodedTexts
from nni_autoattend.datasets.graph_batches import GraphInput, GraphNodes
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.settings import NetworkShape, TrainingSettings
from nni_autoattend.training.step import AdamStep

SHAPE = NetworkShape(width=16, heads=2, dropout=0.1, attention_dropout=0.1, aggregation_dropout=0.1)
DIMENSIONS = TextDimensions(vocabulary_size=20, embedding_width=12, classes=3)


def texts_of(*lengths: int, windows: int = 1, seed: int = 0) -> list[list[torch.Tensor]]:
    random = torch.Generator().manual_seed(seed)
    return [
        [torch.randint(1, 20, (length,), generator=random) for _ in range(windows if length > 2 else 1)]
        for length in lengths
    ]


def assert_padding_and_batch_mates_change_nothing(build: Callable[..., nn.Module], training: bool = False) -> None:
    """Compare each text alone with all together; ``training``: with gradients on, dropouts off."""
    torch.manual_seed(0)
    network = build(SHAPE, DIMENSIONS).eval()
    with torch.no_grad():  # what stands at padded positions must not matter, not even a vector that is no zero
        network.embedding.weight[0] = 50.0
    texts = texts_of(1, 2, 3, 4, 5, 9, 30, windows=2)
    with torch.set_grad_enabled(training):
        together = network(collate(texts))
        alone = torch.cat([network(collate([text])) for text in texts])
    assert together.shape == (7, 3)
    torch.testing.assert_close(together, alone, rtol=0, atol=2e-6)
    assert together.std(dim=0).min() > 1e-4  # texts do differ


def assert_learns(build: Callable[..., nn.Module], label: Callable[[torch.Tensor], int]) -> None:
    """Train on texts whose class is ``label(tokens)`` and expect to tell them apart."""
    torch.manual_seed(0)
    texts = texts_of(*range(3, 27), seed=3)
    encoded = EncodedTexts(texts, torch.tensor([label(text[0]) for text in texts]))
    network = build(SHAPE, DIMENSIONS)
    step = AdamStep(network, TrainingSettings(epochs=1, batch_size=24, lr=0.01, clip=1.0))
    for _ in range(60):
        step.take(collate(texts), encoded.labels)
    predicted = network.eval()(collate(texts)).argmax(dim=1)
    assert (predicted == encoded.labels).double().mean() > 0.9


@pytest.fixture
def check() -> SimpleNamespace:
    return SimpleNamespace(
        shape=SHAPE,
        dimensions=DIMENSIONS,
        texts=texts_of,
        invariant=assert_padding_and_batch_mates_change_nothing,
        learns=assert_learns,
    )


NODES, FEATURES, CLASSES = 30, 12, 3
GRAPH_DIMENSIONS = GraphDimensions(FEATURES, CLASSES)


def random_graph(seed: int = 0, *, directed: bool = False) -> GraphInput:
    """30 nodes, the last one isolated; about half of the features are zero; every second node is asked for."""
    random = torch.Generator().manual_seed(seed)
    edges = torch.randint(NODES - 1, (2, 60), generator=random)
    edges = edges if directed else torch.cat([edges, edges.flip(0)], dim=1)
    features = torch.randn(NODES, FEATURES, generator=random).relu()
    return GraphInput(features, GraphLayout.of(edges, NODES), torch.arange(0, NODES, 2))


def everywhere(graph: GraphInput) -> GraphInput:
    """The same graph with all nodes asked for."""
    return GraphInput(graph.features, graph.layout, torch.arange(NODES))


def planted(seed: int = 0) -> GraphNodes:
    """Three groups of nodes, edges mostly within; features that tell little by themselves; all labels known."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(90) % CLASSES
    alike = labels[:, None] == labels
    near = torch.rand(90, 90, generator=random) < torch.where(alike, 0.2, 0.01)
    edges = (near | near.T).nonzero().T
    features = torch.randn(90, FEATURES, generator=random) + F.one_hot(labels, FEATURES)
    return GraphNodes(features, GraphLayout.of(edges, 90), torch.arange(90), labels)


def part_of(nodes: GraphNodes, chosen: Tensor) -> GraphNodes:
    return GraphNodes(nodes.features, nodes.layout, nodes.targets[chosen], nodes.labels[chosen])


def assert_is(network: nn.Module, reference: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Compare a network without dropout with ``reference(features, edges)``, in outputs and gradients."""
    for directed in (False, True):
        graph = random_graph(directed=directed)
        found = network.eval()(graph)
        expected = reference(graph.features, graph.layout.edges)[graph.targets]
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
        weights = list(network.parameters())
        weighting = torch.randn(found.shape, generator=torch.Generator().manual_seed(1))
        for one, other in zip(
            torch.autograd.grad((found * weighting).sum(), weights),
            torch.autograd.grad((expected * weighting).sum(), weights),
            strict=True,
        ):
            torch.testing.assert_close(one, other, rtol=0, atol=1e-5 * float(1 + other.abs().max()))


def assert_orders_do_not_matter(network: nn.Module) -> None:
    """Renumbered nodes give the same logits, edges in another order too, sparse features too."""
    graph = everywhere(random_graph())
    expected = network.eval()(graph)
    assert expected.shape == (NODES, CLASSES) and expected.std(dim=0).min() > 1e-3
    order = torch.randperm(NODES, generator=torch.Generator().manual_seed(2))
    edges = order.argsort()[graph.layout.edges][:, torch.randperm(graph.layout.edges.shape[1])]
    renumbered = GraphInput(graph.features[order], GraphLayout.of(edges, NODES), torch.arange(NODES))
    torch.testing.assert_close(network(renumbered), expected[order], rtol=0, atol=1e-5)
    sparse = GraphInput(graph.features.to_sparse_csr(), graph.layout, graph.targets)
    torch.testing.assert_close(network(sparse), expected, rtol=0, atol=1e-5)


def assert_drops_when_training(network: nn.Module) -> None:
    """Two passes of training differ, for dense and sparse features; those of evaluation do not."""
    graph = random_graph()
    sparse = GraphInput(graph.features.to_sparse_csr(), graph.layout, graph.targets)
    for one in (graph, sparse):
        network.train()
        assert not torch.equal(network(one), network(one))
        network(one).sum().backward()
        assert all(weight.grad is not None for weight in network.parameters())
        network.eval()
        assert torch.equal(network(one), network(one))


def assert_learns_graph(network: nn.Module) -> None:
    """Train on a third of the planted nodes and tell the groups of the others apart."""
    torch.manual_seed(0)
    nodes = planted()
    train, test = part_of(nodes, torch.arange(30)), part_of(nodes, torch.arange(30, 90))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    network.train()
    for _ in range(100):
        optimizer.zero_grad()
        logits = network(GraphInput(train.features, train.layout, train.targets))
        F.cross_entropy(logits, train.labels).backward()
        optimizer.step()
    predicted = network.eval()(GraphInput(test.features, test.layout, test.targets)).argmax(dim=1)
    assert (predicted == test.labels).double().mean() > 0.9


@pytest.fixture
def graph_check() -> SimpleNamespace:
    return SimpleNamespace(
        dimensions=GRAPH_DIMENSIONS,
        graph=random_graph,
        planted=planted,
        part=part_of,
        is_=assert_is,
        any_order=assert_orders_do_not_matter,
        drops=assert_drops_when_training,
        learns=assert_learns_graph,
    )
