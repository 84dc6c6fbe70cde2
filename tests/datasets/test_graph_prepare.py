from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from nni_autoattend.datasets import graph_memory, graph_neighbours
from nni_autoattend.datasets.by_modality import scoring_loader, training_loader
from nni_autoattend.datasets.graph_edges import clean_edges
from nni_autoattend.datasets.graph_features import compact
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.datasets.graph_prepare import prepare_graph
from nni_autoattend.datasets.graph_splits import Graph, GraphPart, GraphSplits
from nni_autoattend.errors import DataError
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.settings_graph_data import GraphDataSettings

TASK = GraphDataSettings(task="communities")
NODES = 40
RANDOM = np.random.default_rng(0)
EDGES, _ = clean_edges(RANDOM.integers(NODES, size=(2, 90)), NODES)


def a_graph(classes=None) -> Graph:
    words = (np.random.default_rng(1).random((NODES, 60)) < 0.05).astype(np.float32)
    known = np.arange(NODES) % 2
    known[36:] = -1
    return Graph(compact(words), EDGES, known if classes is None else classes, tuple(f"n{i}" for i in range(NODES)))


def some_splits(graph: Graph, test_graph: Graph | None = None) -> GraphSplits:
    parts = (np.arange(0, 10), np.arange(10, 26), np.arange(26, 36))
    train, valid = (GraphPart(graph, part) for part in parts[:2])
    test = GraphPart(test_graph or graph, parts[2])
    return GraphSplits("toy", train, valid, test, ("a", "b"), ("a note",), bag_of_words=True)


def test_one_graph_is_laid_out_once():
    data = prepare_graph(TASK, some_splits(a_graph()))
    parts = (data.search, data.selection, data.test, data.unlabelled)
    assert all(part.layout is data.train.layout and part.features is data.train.features for part in parts)
    assert data.train.layout.nodes == NODES
    assert torch.equal(data.train.layout.edges, torch.from_numpy(EDGES))
    assert torch.equal(GraphLayout.of(torch.from_numpy(EDGES), NODES).edges, data.train.layout.edges)


def test_what_a_run_is_told():
    data = prepare_graph(TASK, some_splits(a_graph()))
    assert (data.name, data.metric, data.labels) == ("toy", "accuracy", ("a", "b"))
    assert (data.dimensions.features, data.dimensions.classes, data.dimensions.multi_label) == (60, 2, False)
    assert data.class_counts["train"] == {"a": 5, "b": 5}
    assert data.notes == ("a note", "absolute values of a node's features sum to 1")
    assert data.unlabelled.targets.tolist() == [36, 37, 38, 39]
    assert data.unlabelled_names == ("n36", "n37", "n38", "n39")


def test_validation_is_halved_stratified_and_seeded():
    data = prepare_graph(TASK, some_splits(a_graph()))
    halves = torch.cat([data.search.targets, data.selection.targets])
    assert sorted(halves.tolist()) == list(range(10, 26))
    assert data.search.labels.bincount().tolist() == data.selection.labels.bincount().tolist() == [4, 4]
    other = prepare_graph(GraphDataSettings(task="communities", split_seed=1), some_splits(a_graph()))
    assert not torch.equal(other.search.targets, data.search.targets)
    assert torch.equal(other.test.targets, data.test.targets)
    assert torch.equal(other.train.targets, data.train.targets)


def test_labels_and_features_are_those_of_the_targets():
    graph = a_graph()
    data = prepare_graph(TASK, some_splits(graph))
    for part in (data.train, data.search, data.selection, data.test):
        assert part.labels.tolist() == graph.classes[part.targets.numpy()].tolist()
    assert data.train.features.layout == torch.sparse_csr
    assert data.train.features.dtype == torch.float32
    raw = torch.from_numpy(graph.features.dense())
    assert torch.allclose(data.train.features.to_dense() * raw.sum(1, keepdim=True), raw)


def test_several_labels_a_node():
    classes = (np.random.default_rng(2).random((NODES, 2)) < 0.5).astype(np.int8)
    settings = GraphDataSettings(data=Path("g.pt"), multi_label=True)
    data = prepare_graph(settings, some_splits(a_graph(classes)))
    assert data.train.labels.dtype == torch.float32
    assert data.train.labels.tolist() == classes[:10].tolist()
    assert (data.metric, data.dimensions.multi_label, data.codec.multi_label) == ("micro-f1", True, True)
    assert len(data.search) + len(data.selection) == 16
    assert len(data.unlabelled.targets) == 0


def test_inductive_parts_see_their_own_graph():
    other = a_graph()
    data = prepare_graph(TASK, some_splits(a_graph(), other))
    assert data.train.layout is data.search.layout is data.selection.layout
    assert data.test.layout is not data.train.layout
    assert data.unlabelled.layout is data.test.layout


def test_a_graph_too_large_for_memory_is_told_before_it_is_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graph_memory, "available_memory", lambda: 100_000)
    with pytest.raises(DataError, match=r"toy: training on 40 nodes and \d+ edges needs about .* MB of memory"):
        prepare_graph(TASK, some_splits(a_graph()))


def test_mini_batches_need_the_compiled_helpers_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graph_neighbours, "has_sampler", lambda: False)
    with pytest.raises(DataError, match=r"leave data\.neighbours out"):
        prepare_graph(replace(TASK, neighbours=(15, 10)), some_splits(a_graph()))


def test_every_part_knows_how_its_neighbours_are_sampled(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graph_neighbours, "has_sampler", lambda: True)
    data = prepare_graph(replace(TASK, neighbours=(15, -1)), some_splits(a_graph()))
    assert {part.neighbours for part in (data.train, data.search, data.selection, data.test)} == {(15, -1)}
    assert "training takes batches of nodes and samples their neighbours (15, then all)" in data.notes[-1]
    assert training_loader(data.train, TrainingSettings(epochs=1, batch_size=4, lr=0.1), 0).batch_size == 4
    assert scoring_loader(data.search, 4).batch_size is None
