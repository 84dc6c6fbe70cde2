from dataclasses import replace

import pytest
import torch

from nni_autoattend.datasets import graph_neighbours
from nni_autoattend.datasets.graph_batches import GraphInput, GraphLoader, GraphNodes
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.errors import DataError


@pytest.fixture
def nodes() -> GraphNodes:
    edges = torch.tensor([[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]])
    features = torch.arange(12.0).view(6, 2)
    return GraphNodes(features, GraphLayout.of(edges, 6), torch.tensor([4, 1, 2]), torch.tensor([1, 0, 1]))


def test_a_whole_graph_is_one_batch(nodes: GraphNodes):
    loader = GraphLoader(nodes, shuffle=True, seed=3)
    assert len(loader) == 1
    assert len(loader.dataset) == 3
    ((graph, labels),) = list(loader)
    assert graph.features is nodes.features
    assert graph.layout is nodes.layout
    assert graph.targets.tolist() == [4, 1, 2]
    assert labels.tolist() == [1, 0, 1]
    assert loader.order.tolist() == [0, 1, 2]
    assert list(loader.start_at(1)) == []


def test_every_epoch_gives_the_same_batch(nodes: GraphNodes):
    loader = GraphLoader(nodes, shuffle=True)
    first, _ = next(iter(loader))
    loader.set_epoch(5)
    assert next(iter(loader))[0] is first  # so that it is moved to a device, and laid out, once


def test_an_evaluation_reads_the_whole_graph(nodes: GraphNodes):
    batches, rows = GraphLoader(nodes, shuffle=False).distinct
    assert [batch.targets.tolist() for batch in batches] == [[4, 1, 2]]
    assert rows.tolist() == [0, 1, 2]


def test_a_part_without_nodes_has_no_batch(nodes: GraphNodes):
    empty = GraphNodes(nodes.features, nodes.layout, torch.zeros(0, dtype=torch.int64), torch.zeros(0))
    loader = GraphLoader(empty, shuffle=False)
    assert (len(loader), list(loader), loader.distinct.batches) == (0, [], [])


def test_a_loader_has_what_a_checkpoint_compares(nodes: GraphNodes):
    loader = GraphLoader(nodes, shuffle=True, seed=7)
    assert (loader.seed, loader.pool, loader.batch_size, loader.shuffle) == (7, 0, None, True)


def test_a_graph_is_never_cut(nodes: GraphNodes):
    graph, _ = next(iter(GraphLoader(nodes, shuffle=False)))
    assert graph.texts == 3
    assert graph.cut(1) == [slice(0, 3)]
    taken = graph.take(slice(1, 3))
    assert taken.targets.tolist() == [1, 2]
    assert taken.layout is graph.layout


def test_a_graph_is_moved_once(nodes: GraphNodes):
    graph = GraphInput(nodes.features, nodes.layout, nodes.targets)
    assert graph.to("cpu") is graph
    moved = graph.to("meta")
    assert {part.device.type for part in (moved.features, moved.targets, moved.layout.edges)} == {"meta"}
    assert graph.to(torch.device("meta")) is moved


def test_parts_that_do_not_fit(nodes: GraphNodes):
    with pytest.raises(ValueError, match="6 nodes but features of 5"):
        GraphNodes(nodes.features[:5], nodes.layout, nodes.targets, nodes.labels)
    with pytest.raises(ValueError, match="3 targets but labels of 2"):
        GraphNodes(nodes.features, nodes.layout, nodes.targets, nodes.labels[:2])


def test_a_batch_size_without_neighbours_changes_nothing(nodes: GraphNodes):
    assert GraphLoader(nodes, 2, shuffle=True).batch_size is None


def test_mini_batches_without_the_compiled_helpers(nodes: GraphNodes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graph_neighbours, "has_sampler", lambda: False)
    nodes = replace(nodes, neighbours=(15, 10))
    GraphLoader(nodes, shuffle=False)  # what is only scored
    with pytest.raises(DataError, match=r"neither pyg-lib nor torch-sparse is installed.*the whole graph is one batch"):
        GraphLoader(nodes, 2, shuffle=True)


def test_mini_batches_follow_the_order_of_the_epoch(nodes: GraphNodes, monkeypatch: pytest.MonkeyPatch):
    seen = []
    monkeypatch.setattr(graph_neighbours, "has_sampler", lambda: True)
    monkeypatch.setattr(graph_neighbours, "sampled", lambda *asked: seen.append(asked[1:]) or iter(()))
    loader = GraphLoader(replace(nodes, neighbours=(4,)), 2, shuffle=True, seed=1)
    assert len(loader) == 2
    orders = []
    for epoch in range(6):
        loader.set_epoch(epoch)
        assert sorted(loader.order.tolist()) == [0, 1, 2]
        orders.append(tuple(loader.order.tolist()))
    assert len(set(orders)) > 1
    list(loader)
    list(loader.start_at(1))
    assert [positions.tolist() for positions, _ in seen] == [loader.order.tolist(), loader.order[2:].tolist()]
    assert {size for _, size in seen} == {2}
    assert len(loader.distinct.batches) == 1  # an evaluation samples nothing


def test_a_part_is_learned_from_as_another_one_is(nodes: GraphNodes):
    training = GraphLoader(nodes, shuffle=True, seed=4)
    like = GraphLoader(nodes, shuffle=False).like(training)
    assert like.dataset is nodes
    assert (like.seed, like.shuffle, like.batch_size) == (4, True, None)


def test_all_nodes_are_asked_for_first_the_targets(nodes: GraphNodes):
    (graph,) = GraphLoader(nodes, shuffle=False).distinct.batches
    wider = graph.with_unlabelled()
    assert torch.equal(wider.targets[: len(nodes)], graph.targets)
    assert sorted(wider.targets.tolist()) == list(range(nodes.layout.nodes))
    assert graph.with_unlabelled() is wider and wider.layout is graph.layout
