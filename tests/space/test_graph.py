"""GraphSpace: the same skeleton as for texts, frozen, mutated and shared on a graph."""

from random import Random

import pytest
import torch
from nni.nas.strategy import DARTS, RandomOneShot

from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.network.graph import GraphNetwork
from nni_autoattend.recipes import load_space, names
from nni_autoattend.space.graph import GraphSpace

TINY = {"genes.layers": 2, "search.width": 16, "search.heads": 4}
DIMENSIONS = GraphDimensions(5, 3, multi_label=False)
GRAPHS = [name for name in names("search_spaces") if load_space(name).modality == "graph"]


@pytest.fixture
def graph() -> GraphInput:
    torch.manual_seed(0)
    layout = GraphLayout.of(torch.tensor([[0, 1, 2, 3, 1], [1, 2, 3, 0, 3]]), 6)
    return GraphInput(torch.randn(6, 5), layout, torch.tensor([4, 0, 2]))


def make_space(name: str = "autoattend-graph", **changes) -> GraphSpace:
    torch.manual_seed(0)
    return GraphSpace.from_recipe(load_space(name, TINY | changes), DIMENSIONS, 0)


def samples(space: GraphSpace, count: int) -> list[dict]:
    rng = Random(0)
    return [space.genes.to_sample(space.genes.random(rng)) for _ in range(count)]


@pytest.mark.parametrize("name", GRAPHS)
def test_every_shipped_recipe_builds_networks(name, graph):
    space = make_space(name)
    for sample in samples(space, 5):
        assert space.freeze(sample)(graph).shape == (3, 3)


def test_frozen_space_and_plain_network_are_the_same_function(graph):
    space = make_space()
    for sample in samples(space, 5):
        frozen = space.freeze(sample).eval()
        shape = load_space("autoattend-graph", TINY).search
        network = GraphNetwork(space.architecture(sample), shape, DIMENSIONS).eval()
        network.load_state_dict(frozen.state_dict())  # the very same names
        torch.testing.assert_close(network(graph), frozen(graph), atol=0, rtol=0)


@pytest.mark.parametrize("mode", ["full", "target", "source", "none", "affine"])
def test_paths_together_equal_stand_alone_networks_in_outputs_and_gradients(mode, graph):
    space = make_space(sharing=mode)
    supernet = RandomOneShot().mutate_model(space).double().eval()
    asked = GraphInput(graph.features.double(), graph.layout, graph.targets)
    drawn = samples(space, 4)
    together = supernet.forward_paths(asked, drawn)
    for number, sample in enumerate(drawn):
        network = supernet.freeze(sample).double().eval()
        torch.testing.assert_close(network(asked), together[number], atol=1e-10, rtol=0)
        supernet.zero_grad()
        supernet.forward_paths(asked, drawn)[number].square().sum().backward()
        network(asked).square().sum().backward()
        for own, shared in zip(network.stem.parameters(), supernet.stem.parameters(), strict=True):
            torch.testing.assert_close(own.grad, shared.grad, atol=1e-10, rtol=1e-8)


def test_a_mixture_runs_all_paths(graph):
    space = make_space(**{"genes.operations": ["zero", "identity", "gcn", "gat2"]})
    supernet = DARTS().mutate_model(space).eval()
    logits = supernet(graph)
    assert logits.shape == (3, 3)
    logits.sum().backward()
    assert all(alpha.grad is not None for alpha in supernet.encoder.arch_parameters())


def test_seeded_paths_drop_the_same(graph):
    supernet = RandomOneShot().mutate_model(make_space(**{"search.dropout": 0.5})).train()
    drawn = samples(supernet, 3)
    first, second, other = (supernet.forward_paths(graph, drawn, seed) for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
