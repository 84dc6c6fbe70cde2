from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nni_autoattend.datasets import graph_memory
from nni_autoattend.datasets.graph_splits import Graph, GraphPart, GraphSplits
from nni_autoattend.datasets.graph_tasks import GRAPH_TASKS, check_graph, graph_task_names, load_graph_splits
from nni_autoattend.errors import DataError, UnknownNameError
from nni_autoattend.names import resolve
from nni_autoattend.settings_graph_data import GraphDataSettings

CLASSES = np.array([0, 1, 0, 1, 0, 1, 0, 0, 1])
PARTS = ([0, 1, 2], [3, 5], [6, 8])


def some_splits(parts=PARTS, classes=CLASSES, labels=("a", "b")) -> GraphSplits:
    graph = Graph(np.ones((len(classes), 2), np.float32), np.zeros((2, 0), np.int64), classes)
    return GraphSplits("toy", *(GraphPart(graph, np.array(nodes, np.int64)) for nodes in parts), labels=labels)


def test_names_are_sorted_and_every_loader_is_there():
    assert graph_task_names() == sorted(GRAPH_TASKS)
    for task in GRAPH_TASKS.values():
        assert callable(resolve(task.loader))
        assert task.description


def test_an_unknown_task():
    with pytest.raises(UnknownNameError, match="unknown graph task 'coral' \\(did you mean 'cora'\\?\\)"):
        load_graph_splits(GraphDataSettings(task="coral"))


def test_the_generated_task_needs_no_files():
    splits = load_graph_splits(GraphDataSettings(task="communities", size=100))
    assert splits.name == "communities"
    assert splits.train.graph.nodes == 100


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inductive": True}, "'inductive' belongs to graphs of your own"),
        ({"multi_label": True}, "leave 'multi_label'"),
    ],
)
def test_what_does_not_belong_to_a_task(change: dict[str, bool], message: str):
    with pytest.raises(DataError, match=message):
        load_graph_splits(replace(GraphDataSettings(task="communities"), **change))


def test_missing_files_are_told(tmp_path: Path):
    with pytest.raises(DataError, match=r"lacks files of task 'cora': expected .*ind\.cora\.x"):
        load_graph_splits(GraphDataSettings(task="cora", root=tmp_path))


def test_memory_is_told_before_a_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graph_memory, "available_memory", lambda: 10**9)
    with pytest.raises(DataError, match=r"task 'physics': reading 34,493 nodes and 495,924 edges needs about .* GB"):
        load_graph_splits(GraphDataSettings(task="physics", root=tmp_path))


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        (some_splits(([0], [3, 5], [6])), "the train part has 1 nodes, at least 2 are needed"),
        (some_splits(([0, 1], [3], [6])), "the valid part has 1 nodes, at least 2"),
        (some_splits(([0, 1], [3, 5], [])), "the test part has 0 nodes, at least 1"),
        (some_splits(([0, 2], [3, 5], [6])), "no training node has the label 'b'; move some there, or drop the label"),
        (some_splits(labels=("a", "b", "c")), "no training node has the label 'c'"),
        (some_splits(labels=tuple("abcdefghi")), "no training node has the label 'c', 'd', 'e', 'f', 'g' and others"),
        (some_splits(classes=CLASSES * 0, labels=("a",)), "all nodes have the label 'a'; two classes are needed"),
        (some_splits(([0, 1], [2, 3], [6])), "the validation part has one node per class; it must divide"),
    ],
)
def test_parts_that_nothing_can_be_learned_from(splits: GraphSplits, message: str):
    with pytest.raises(DataError, match=message):
        check_graph(splits)


def test_good_parts_pass():
    check_graph(some_splits())
    several = np.stack([CLASSES, 1 - CLASSES], axis=1).astype(np.int8)
    check_graph(some_splits(classes=several))
    with pytest.raises(DataError, match="no training node has the label 'b'"):
        check_graph(some_splits(classes=several * np.array([1, 0], np.int8)))
