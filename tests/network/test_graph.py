from dataclasses import replace
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.genes import Genes
from nni_autoattend.network.graph import GraphNetwork, forward_graph
from nni_autoattend.network.plain import run_path
from nni_autoattend.ops.graph_table import GRAPH_OPERATIONS
from nni_autoattend.settings_graph import GraphShape

SHAPE = GraphShape(16, 4, 0.0, 0.0, 0.0, 0.0, "tanh", False, "none")
FEATURES, CLASSES = 6, 3
GENES = Genes(3, ("addition", "attention"), ("zero", *GRAPH_OPERATIONS))
SMALL = Architecture((AdditionLayer(0, "gcn", "identity"), AttentionLayer(1, "gat4", "linear", "sage")))


def network_of(check, architecture, shape=SHAPE, dtype=torch.float32):
    network = GraphNetwork(architecture, shape, GraphDimensions(FEATURES, CLASSES))
    return check.randomise(network).to(dtype).eval()


def input_of(layout, dtype=torch.float32):
    return GraphInput(torch.randn(layout.nodes, FEATURES, dtype=dtype), layout, torch.arange(layout.nodes))


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("norm", ["none", "layer"])
@pytest.mark.parametrize("seed", range(3))
def test_random_networks_equal_the_reference(check, graphs, seed, norm, residual):
    torch.manual_seed(seed)
    layout = graphs.random_layout(10, 18, seed, directed=True)
    shape = replace(SHAPE, normalise=norm, residual=residual)
    network = network_of(check, GENES.random(Random(seed)), shape, torch.float64)
    graph = input_of(layout, torch.float64)
    states = run_path(network.architecture, network.stem(graph.features), layout, network.encoder)
    expected = network.head(states, graph.targets)
    weights = list(network.parameters())
    found = check.with_gradients(network(graph), weights)
    check.agree(found, check.with_gradients(expected, weights), 1e-9)


@given(
    seed=st.integers(0, 999),
    nodes=st.integers(1, 10),
    edges=st.integers(0, 30),
    norm=st.sampled_from(["none", "layer"]),
)
@settings(max_examples=25, deadline=None)
def test_the_order_of_nodes_and_edges_changes_nothing(check, graphs, seed, nodes, edges, norm):
    torch.manual_seed(seed)
    layout = graphs.random_layout(nodes, edges, seed)
    other, numbers = graphs.renumbered(layout, seed)
    network = network_of(check, GENES.random(Random(seed)), replace(SHAPE, normalise=norm))
    graph = input_of(layout)
    features = torch.empty_like(graph.features)
    features[numbers] = graph.features
    with torch.no_grad():
        expected = network(graph)
        found = network(GraphInput(features, other, numbers))
    assert expected.isfinite().all()
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_only_what_is_asked_for_is_scored(check, graphs):
    network, graph = network_of(check, SMALL), input_of(graphs.random_layout(8, 14, 0))
    whole, part = network(graph), network(graph.take(slice(2, 5)))
    assert whole.shape == (8, CLASSES)
    torch.testing.assert_close(part, whole[2:5])


def test_several_paths_are_one_each(check, graphs):
    network, graph = network_of(check, SMALL), input_of(graphs.random_layout(8, 14, 0))

    def three(states, layout, noise):
        assert len(states) == 3
        return torch.cat([network.encoder(own.unsqueeze(0), layout, noise) for own in states])

    logits = forward_graph(network.stem, three, network.head, graph, paths=3)
    for own in logits:
        torch.testing.assert_close(own, network(graph))


def test_the_seed_fixes_dropout(check, graphs):
    shape = GraphShape(16, 4, 0.5, 0.5, 0.5, 0.5, "tanh", False, "none")
    network, graph = network_of(check, SMALL, shape).train(), input_of(graphs.random_layout(8, 14, 0))
    parts = network.stem, network.encoder, network.head, graph

    def run(seed):
        return forward_graph(*parts, seed=seed)

    assert torch.equal(run(1), run(1))
    assert not torch.equal(run(1), run(2))
    assert not torch.equal(network(graph), network(graph))
    network.eval()
    assert torch.equal(network(graph), network(graph))


def test_it_learns(check, graphs):
    """Labels that are the nearest of two hubs' numbers: neighbours tell them, features do not."""
    torch.manual_seed(0)
    members = torch.arange(2, 22)
    edges = torch.stack([members, members % 2])
    layout = GraphLayout.of(torch.cat([edges, edges.flip(0)], dim=1), 22)
    features = torch.zeros(22, FEATURES)
    features[:2, 0] = torch.tensor([1.0, -1.0])
    network = GraphNetwork(SMALL, SHAPE, GraphDimensions(FEATURES, 2))
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    train, test = GraphInput(features, layout, members[:8]), GraphInput(features, layout, members[8:])
    for _ in range(40):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(train), train.targets % 2).backward()
        optimiser.step()
    assert torch.equal(network(test).argmax(1), test.targets % 2)


def test_state_dicts_hold_weights_only_and_load_again(check, graphs):
    first, second = network_of(check, SMALL), network_of(check, SMALL)
    second.load_state_dict(first.state_dict())
    assert first.state_dict().keys() == dict(first.named_parameters()).keys()
    graph = input_of(graphs.random_layout(8, 14, 0))
    assert torch.equal(first(graph), second(graph))


def test_unknown_operations_and_heads_that_do_not_fit_are_told():
    with pytest.raises(UnknownNameError, match=r"'gcnn' \(did you mean 'gcn'"):
        GraphNetwork(Architecture((AdditionLayer(0, "gcnn", "zero"),)), SHAPE, GraphDimensions(FEATURES, CLASSES))
    narrow = replace(SHAPE, width=8)
    with pytest.raises(ValueError, match="16 heads cannot divide 8 channels"):
        GraphNetwork(Architecture((AdditionLayer(0, "gat16", "zero"),)), narrow, GraphDimensions(FEATURES, CLASSES))
