from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nni_autoattend.datasets import graph_memory
from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.graph_prepare import prepare_graph
from nni_autoattend.datasets.graph_splits import GraphSplits
from nni_autoattend.datasets.graph_tasks import load_graph_splits
from nni_autoattend.datasets.own_graphs import graph_to_predict, own_graph
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

NODES = 40


def node_rows(**changes: list[Any]) -> pd.DataFrame:
    """Rows of 40 nodes with two features; the last four have no label."""
    random = np.random.default_rng(0)
    labels = ["ab"[node % 2] for node in range(NODES - 4)] + [""] * 4
    columns = {"id": [f"n{node}" for node in range(NODES)], "label": labels}
    return pd.DataFrame(columns | {"x": random.random(NODES), "y": random.random(NODES)} | changes)


def edge_rows() -> pd.DataFrame:
    ends = np.random.default_rng(1).integers(NODES - 1, size=(2, 80))
    return pd.DataFrame({"source": [f"n{node}" for node in ends[0]], "target": [f"n{node}" for node in ends[1]]})


def write(frame: pd.DataFrame, path: Path) -> Path:
    writers = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
        ".jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        ".parquet": lambda: frame.to_parquet(path),
    }
    writers[path.suffix]()
    return path


def some_settings(folder: Path, nodes: pd.DataFrame, edges: pd.DataFrame | None = None, **more) -> GraphDataSettings:
    written = write(nodes, folder / "nodes.csv"), write(edge_rows() if edges is None else edges, folder / "edges.csv")
    return GraphDataSettings(nodes=written[0], edges=written[1], **more)


def nodes_of(splits: GraphSplits) -> dict[str, set[str]]:
    return {name: set(part.graph.names(part.nodes)) for name, part in splits.parts().items()}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_kind_of_file_gives_the_same_graph(tmp_path: Path, suffix: str):
    frame = node_rows(x=list(range(NODES)), y=[node / 4 for node in range(NODES)])
    nodes, edges = write(frame, tmp_path / f"nodes{suffix}"), write(edge_rows(), tmp_path / f"edges{suffix}")
    splits = load_graph_splits(GraphDataSettings(nodes=nodes, edges=edges))
    expected = load_graph_splits(some_settings(tmp_path, frame))
    assert splits.fingerprint() == expected.fingerprint()
    assert splits.name == "nodes"
    assert splits.feature_names == ("x", "y")
    assert splits.labels == ("a", "b")


def test_ids_may_be_numbers(tmp_path: Path):
    nodes = write(pd.DataFrame({"id": [10, 20, 30], "label": [1, 2, 1], "x": [1, 2, 3]}), tmp_path / "n.parquet")
    edges = write(pd.DataFrame({"source": [10.0, 20.0], "target": [20, 30]}), tmp_path / "e.parquet")
    graph = own_graph(GraphDataSettings(nodes=nodes, edges=edges)).train.graph
    assert graph.edges.tolist() == [[1, 0, 2, 1], [0, 1, 1, 2]]
    assert graph.ids == ("10", "20", "30")


def test_parts_are_split_off_and_what_has_no_label_is_in_none(tmp_path: Path):
    settings = some_settings(tmp_path, node_rows())
    splits = load_graph_splits(settings)
    assert splits.class_counts() == {
        "train": {"a": 10, "b": 10}, "valid": {"a": 4, "b": 4}, "test": {"a": 4, "b": 4},
    }  # fmt: skip
    assert splits.test.graph.unlabelled.tolist() == [36, 37, 38, 39]
    assert "4 nodes without a label, to predict; 0 others in no part" in splits.notes
    other = load_graph_splits(replace(settings, split_seed=1))
    assert nodes_of(other)["test"] == nodes_of(splits)["test"]
    assert nodes_of(other)["train"] != nodes_of(splits)["train"]


def test_so_many_nodes_of_every_class(tmp_path: Path):
    settings = some_settings(tmp_path, node_rows(), train_per_class=3, validation_per_class=4)
    splits = load_graph_splits(settings)
    assert {name: len(part) for name, part in splits.parts().items()} == {"train": 6, "valid": 8, "test": 8}
    assert "4 nodes without a label, to predict; 14 others in no part" in splits.notes


def test_parts_as_a_column_names_them(tmp_path: Path):
    words = ["train"] * 20 + ["valid"] * 8 + ["test"] * 6 + [""] * 6
    for column in ("split", "part"):
        named = None if column == "split" else column
        splits = load_graph_splits(some_settings(tmp_path, node_rows(**{column: words}), split_column=named))
        assert [part.nodes.tolist() for part in splits.parts().values()] == [
            list(range(20)), list(range(20, 28)), list(range(28, 34)),
        ]  # fmt: skip
        assert splits.feature_names == ("x", "y")
        assert splits.notes[0] == "parts as given"
        assert "4 nodes without a label, to predict; 2 others in no part" in splits.notes


def test_edges_are_cleaned_and_counted(tmp_path: Path):
    pairs = [("n0", "n1"), ("n1", "n0"), ("n0", "n1"), ("n2", "n2"), ("n3", "n4")]
    edges = pd.DataFrame(pairs, columns=["source", "target"])
    splits = load_graph_splits(some_settings(tmp_path, node_rows(), edges))
    assert splits.train.graph.edges.tolist() == [[1, 0, 4, 3], [0, 1, 3, 4]]
    assert (
        "edges: 5 read, 1 self-loops removed, 1 repeated edges removed, 1 ways back, 4 kept (each way counted); "
        "36 isolated nodes"
    ) in splits.notes
    directed = load_graph_splits(some_settings(tmp_path, node_rows(), edges, directed=True))
    assert directed.train.graph.edges.tolist() == [[1, 0, 3], [0, 1, 4]]


def test_columns_of_other_names(tmp_path: Path):
    nodes = node_rows().rename(columns={"id": "paper", "label": "topic"})
    edges = edge_rows().rename(columns={"source": "from", "target": "to"})
    names = {"id_column": "paper", "label_column": "topic", "source_column": "from", "target_column": "to"}
    settings = some_settings(tmp_path, nodes, edges, **names, feature_columns=("y",))
    splits = load_graph_splits(settings)
    assert splits.feature_names == ("y",)
    assert splits.train.graph.features[:, 0] == pytest.approx(nodes["y"].to_numpy(), abs=1e-6)


def test_columns_without_numbers_are_left_out_and_told(tmp_path: Path):
    nodes = node_rows(title=["some words"] * NODES, empty=[""] * NODES)
    splits = load_graph_splits(some_settings(tmp_path, nodes))
    assert splits.feature_names == ("x", "y")
    assert "columns without numbers, not used: title, empty" in splits.notes
    with pytest.raises(DataError, match=r"nodes.csv: column 'title' holds no numbers \(row 1: 'some words'\)"):
        load_graph_splits(some_settings(tmp_path, nodes, feature_columns=("x", "title")))
    with pytest.raises(DataError, match="no column holds numbers that describe a node"):
        load_graph_splits(some_settings(tmp_path, nodes.drop(columns=["x", "y"])))


def test_several_labels_a_node(tmp_path: Path):
    cells = [("a", "a;b", "b", ";")[node % 4] for node in range(NODES - 4)] + [""] * 4
    settings = some_settings(tmp_path, node_rows(label=cells), multi_label=True)
    splits = load_graph_splits(settings)
    assert (splits.multi_label, splits.labels) == (True, ("a", "b"))
    assert splits.train.graph.classes[:4].tolist() == [[1, 0], [1, 1], [0, 1], [0, 0]]
    assert sum(len(part) for part in splits.parts().values()) == 36
    data = prepare_graph(settings, splits)
    assert (data.metric, tuple(data.train.labels.shape)) == ("micro-f1", (len(splits.train), 2))
    assert data.unlabelled_names == ("n36", "n37", "n38", "n39")


def test_inductive_training_sees_no_other_part(tmp_path: Path):
    settings = some_settings(tmp_path, node_rows(), inductive=True)
    splits, whole = load_graph_splits(settings), load_graph_splits(replace(settings, inductive=False))
    assert splits.inductive
    assert nodes_of(splits) == nodes_of(whole)
    seen = {name: set(part.graph.ids) for name, part in splits.parts().items()}
    everyone = set(whole.train.graph.ids)
    assert seen["train"] == everyone - nodes_of(whole)["valid"] - nodes_of(whole)["test"]
    assert seen["valid"] == everyone - nodes_of(whole)["test"]
    assert seen["test"] == everyone
    assert splits.class_counts() == whole.class_counts()
    for part in splits.parts().values():
        graph, named = part.graph, whole.train.graph
        ends = {tuple(graph.names(pair)) for pair in graph.edges.T}
        between = {tuple(named.names(pair)) for pair in named.edges.T}
        assert ends == {pair for pair in between if set(pair) <= set(graph.ids)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": ["n0"] * 2 + [f"n{i}" for i in range(2, NODES)]}, r"in column 'id' 1 cell is the id of an earlier row"),
        ({"x": ["0.5"] * 10 + ["nan"] * 30}, r"in column 'x' 30 cells are not a finite number, first in row 11"),
        ({"x": ["inf"] * 3 + ["1"] * 37}, r"in column 'x' 3 cells are not a finite number, first in row 1"),
        ({"x": ["0.5"] * 39 + ["many"]}, r"in column 'x' 1 cell is not a finite number, first in row 40"),
        ({"split": ["train"] * 30 + ["dev"] * 10}, r"in column 'split' 10 cells are not a part, first in row 31"),
        ({"split": ["train"] * 40}, r"without a label stand in a part \(4 of train\), first in row 37; label them, or"),
        ({"label": [""] * NODES}, "no node has a label in column 'label'"),
        ({"label": [f"{i}.5" for i in range(NODES)]}, r"the valid part has 0 nodes, .*; there are 40 different labels"),
        ({"label": ["a"] * NODES}, "all nodes have the label 'a'; two classes are needed"),
        (
            {"split": ["train"] * 10 + ["valid"] * 10 + ["test"] * 20, "label": ["a"] * 10 + ["b"] * 30},
            "no training node has the label 'b'",
        ),
        ({"split": ["train"] * 36 + [""] * 4}, "the valid part has 0 nodes, at least 2 are needed"),
    ],
)  # fmt: skip
def test_bad_nodes(tmp_path: Path, changes: dict[str, list[Any]], message: str):
    with pytest.raises(DataError, match=message) as refused:
        load_graph_splits(some_settings(tmp_path, node_rows(**changes)))
    assert "nodes" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("n0", "n1"), ("n0", "x9")], r"edges.csv: 1 edge names nodes that .*nodes.csv lacks, first 'x9' in row 2"),
        ([("n0", "n1"), ("x9", "n1")], r"'x9' in row 2 \(ids are compared as words: 'n0', 'n1', 'n2', \.\.\.\); add"),
        ([("z", "n1"), ("n1", "n2"), ("n0", "x9")], r"edges.csv: 2 edges name nodes .* lacks, first 'z' in row 1"),
        ([("n0", "n1"), ("", "n2")], r"1 edge names nodes that .* lacks, first '' in row 2"),
    ],
)
def test_edges_of_unknown_nodes(tmp_path: Path, pairs: list[tuple[str, str]], message: str):
    edges = pd.DataFrame(pairs, columns=["source", "target"])
    with pytest.raises(DataError, match=message):
        load_graph_splits(some_settings(tmp_path, node_rows(), edges))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"id_column": "name"},
            r"has no column 'name'; it has: id, label, x, y; the right one goes into data.id_column",
        ),
        ({"label_column": "labels"}, r"nodes.csv has no column 'labels' \(did you mean 'label'\?\)"),
        ({"split_column": "part"}, "nodes.csv has no column 'part'"),
        ({"feature_columns": ("z",)}, "nodes.csv has no column 'z'"),
        ({"source_column": "sauce"}, r"edges.csv has no column 'sauce' \(did you mean 'source'\?\)"),
        ({"source_column": "sauce"}, "the right one goes into data.source_column"),
    ],
)
def test_columns_that_are_not_there(tmp_path: Path, more: dict[str, Any], message: str):
    with pytest.raises(DataError, match=message):
        load_graph_splits(some_settings(tmp_path, node_rows(), **more))


def test_files_that_are_not_there(tmp_path: Path):
    nodes = write(node_rows(), tmp_path / "nodes.csv")
    with pytest.raises(DataError, match=r"there is no file .*edges.csv"):
        load_graph_splits(GraphDataSettings(nodes=nodes, edges=tmp_path / "edges.csv"))
    (tmp_path / "edges.parquet").write_bytes(b"no table")
    with pytest.raises(DataError, match=r"edges.parquet cannot be read as Parquet"):
        load_graph_splits(GraphDataSettings(nodes=nodes, edges=tmp_path / "edges.parquet"))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_memory_is_told_before_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str):
    nodes, edges = write(node_rows(), tmp_path / f"nodes{suffix}"), write(edge_rows(), tmp_path / f"edges{suffix}")
    monkeypatch.setattr(graph_memory, "available_memory", lambda: 5_000)
    with pytest.raises(DataError, match=rf"reading .*nodes{suffix} needs about 0.0 MB of memory"):
        load_graph_splits(GraphDataSettings(nodes=nodes, edges=edges))


def test_a_graph_to_predict(tmp_path: Path):
    settings = some_settings(tmp_path, node_rows(), directed=True)
    splits = load_graph_splits(settings)
    codec = GraphCodec.of(splits, None, directed=True)
    shuffled = replace(settings, nodes=write(node_rows()[["y", "x", "id"]], tmp_path / "new.csv"))
    graph = graph_to_predict(shuffled, codec)
    assert np.array_equal(graph.features, splits.train.graph.features)
    assert np.array_equal(graph.edges, splits.train.graph.edges)
    assert (graph.ids, len(graph.unlabelled)) == (splits.train.graph.ids, NODES)
    with pytest.raises(DataError, match="has no column 'y'"):
        graph_to_predict(replace(settings, nodes=write(node_rows()[["x", "id"]], tmp_path / "less.csv")), codec)
    with pytest.raises(DataError, match="it reads a Data file, not a table"):
        graph_to_predict(shuffled, replace(codec, feature_names=()))
