import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch_geometric.data import Data, HeteroData

from nni_autoattend.datasets import graph_memory
from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.graph_data_file import graph_data_to_predict, read_data
from nni_autoattend.datasets.graph_prepare import prepare_graph
from nni_autoattend.datasets.graph_splits import GraphSplits
from nni_autoattend.datasets.graph_tasks import load_graph_splits
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

NODES = 30


def a_graph(**changes: Any) -> Data:
    """A ring of 30 nodes, one way; the last two have no label."""
    nodes = torch.arange(NODES)
    labels = torch.where(nodes < NODES - 2, nodes % 2, -1)
    values = {
        "x": torch.randn(NODES, 3, generator=torch.Generator().manual_seed(0)),
        "edge_index": torch.stack([nodes, (nodes + 1) % NODES]),
        "y": labels,
    }
    return Data(**{name: value for name, value in (values | changes).items() if value is not None})


def mask(start: int, stop: int) -> torch.Tensor:
    return (torch.arange(NODES) >= start) & (torch.arange(NODES) < stop)


MASKS = {"train_mask": mask(0, 10), "val_mask": mask(10, 20), "test_mask": mask(20, 28)}


def save(folder: Path, value: Any) -> Path:
    torch.save(value, folder / "graph.pt")
    return folder / "graph.pt"


def load(folder: Path, value: Any, **more: Any) -> GraphSplits:
    return load_graph_splits(GraphDataSettings(data=save(folder, value), **more))


class RunsCode:
    """What a malicious file holds: to load it is to call ``os.mkdir``."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


def test_a_graph_with_its_masks(tmp_path: Path):
    splits = load(tmp_path, a_graph(**MASKS))
    graph = splits.train.graph
    assert [part.nodes.tolist() for part in splits.parts().values()] == [
        list(range(10)), list(range(10, 20)), list(range(20, 28)),
    ]  # fmt: skip
    assert graph.edges.shape == (2, 60)
    assert np.allclose(graph.features, a_graph().x)
    assert graph.unlabelled.tolist() == [28, 29]
    assert (splits.name, splits.labels) == ("graph", ("0", "1"))
    assert splits.notes == (
        "parts as given",
        "edges: 30 read, 30 ways back, 60 kept (each way counted); 0 isolated nodes",
        "2 nodes without a label, to predict; 0 others in no part",
    )


def test_a_graph_without_masks_is_divided(tmp_path: Path):
    settings = GraphDataSettings(data=save(tmp_path, a_graph()), directed=True)
    splits = load_graph_splits(settings)
    assert {name: len(part) for name, part in splits.parts().items()} == {"train": 16, "valid": 6, "test": 6}
    assert splits.train.graph.edges.shape == (2, 30)
    inductive = load_graph_splits(replace(settings, inductive=True))
    assert inductive.inductive
    assert inductive.class_counts() == splits.class_counts()
    data = prepare_graph(settings, splits)
    assert data.codec.normalise == "none"
    assert data.unlabelled_names == ("28", "29")


def test_what_labels_may_look_like(tmp_path: Path):
    column = a_graph().y[:, None]
    assert load(tmp_path, a_graph(y=column)).fingerprint() == load(tmp_path, a_graph()).fingerprint()
    floats = torch.where(a_graph().y < 0, torch.nan, a_graph().y.float())
    assert load(tmp_path, a_graph(y=floats)).fingerprint() == load(tmp_path, a_graph()).fingerprint()


def test_classes_may_have_gaps(tmp_path: Path):
    splits = load(tmp_path, a_graph(y=torch.where(a_graph().y == 1, 7, a_graph().y)))
    assert splits.labels == ("0", "7")
    assert splits.train.graph.classes.tolist() == a_graph().y.tolist()


def test_several_labels_a_node(tmp_path: Path):
    several = torch.stack([torch.arange(NODES) % 2, torch.arange(NODES) % 3 == 0], dim=1).float()
    several[-2:] = -1
    splits = load(tmp_path, a_graph(y=several), multi_label=True)
    assert splits.multi_label
    assert splits.labels == ("0", "1")
    assert splits.train.graph.unlabelled.tolist() == [28, 29]
    with pytest.raises(DataError, match="y has 2 columns; set multi_label if a node may have several labels"):
        load(tmp_path, a_graph(y=several))
    several[3, 1] = 2
    with pytest.raises(DataError, match=r"y has 1 values other than 0 and 1 .*first at 3"):
        load(tmp_path, a_graph(y=several), multi_label=True)
    with pytest.raises(DataError, match=r"'y' has the shape \(30,\); 2 dimensions are needed"):
        load(tmp_path, a_graph(), multi_label=True)


def test_sparse_features(tmp_path: Path):
    features = torch.eye(NODES)
    splits = load(tmp_path, a_graph(x=features.to_sparse()))
    assert splits.fingerprint() == load(tmp_path, a_graph(x=features)).fingerprint()


def changed(tensor: torch.Tensor, position: Any, value: float) -> torch.Tensor:
    copy = tensor.clone()
    copy[position] = value
    return copy


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (a_graph(x=None), "the Data object has no tensor 'x'; it has: edge_index, y"),
        (a_graph(x=[1, 2]), "has no tensor 'x'"),
        (a_graph(x=torch.ones(NODES)), r"'x' has the shape \(30,\); 2 dimensions are needed"),
        (a_graph(x=torch.ones(NODES, 0)), r"x has the shape \(30, 0\); nodes and features are needed"),
        (
            a_graph(x=changed(a_graph().x, (4, 1), torch.nan)),
            "x has 1 rows with numbers that are not finite, first at 4",
        ),
        (
            a_graph(x=changed(a_graph().x, (4, 1), torch.inf)),
            "x has 1 rows with numbers that are not finite, first at 4",
        ),
        (a_graph(x=changed(a_graph().x.double(), (9, 1), 1e300)), "numbers that are not finite, first at 9"),
        (a_graph(edge_index=None), "has no tensor 'edge_index'"),
        (a_graph(edge_index=torch.zeros(3, 2).long()), "edge_index must be whole numbers"),
        (a_graph(edge_index=torch.zeros(2, 2)), "edge_index must be whole numbers"),
        (
            a_graph(edge_index=torch.tensor([[0, 30, -1], [1, 2, 3]])),
            r"2 edges of nodes that x lacks \(0 to 29\), first",
        ),
        (a_graph(y=None), "has no tensor 'y'"),
        (a_graph(y=torch.zeros(7)), "x has 30 rows, y has 7"),
        (a_graph(y=a_graph().y * 0.5), "y has 16 classes that are no whole numbers from 0 on, first at 1"),
        (a_graph(y=changed(a_graph().y, 2, -3)), "y has 1 classes that are no whole numbers from 0 on, first at 2"),
        (a_graph(y=changed(a_graph().y.float(), 2, torch.inf)), "y has 1 classes that are no whole numbers"),
        (a_graph(y=torch.full((NODES,), -1)), "no node has a label in y"),
        (a_graph(y=torch.zeros(NODES).long()), "all nodes have the label '0'"),
        (a_graph(train_mask=mask(0, 9)), "has train_mask but no val_mask, test_mask; give all three, or none"),
        (a_graph(**MASKS | {"val_mask": mask(0, 4)}), "masks has 4 nodes in two parts, first at 0"),
        (a_graph(**MASKS | {"test_mask": mask(20, 30)}), "masks has 2 nodes of a part that have no label, first at 28"),
        (a_graph(**MASKS | {"test_mask": mask(0, 4)[:9]}), "each mask needs 30 values, one a node"),
        (a_graph(**MASKS | {"train_mask": torch.ones(NODES, 5)}), r"'train_mask' has the shape \(30, 5\); 1 dimen"),
        (a_graph(**MASKS | {"test_mask": mask(0, 0)}), "the test part has 0 nodes"),
        (HeteroData(), r"refused: loading it would call torch_geometric\.data\.storage\.BaseStorage"),
        ({"x": a_graph().x}, r"holds a dict; a torch_geometric\.data\.Data is needed"),
        (a_graph().x, "holds a Tensor"),
    ],
)
def test_bad_graphs(tmp_path: Path, graph: Any, message: str):
    with pytest.raises(DataError, match=message) as refused:
        load(tmp_path, graph)
    assert str(tmp_path / "graph.pt") in str(refused.value) or "graph:" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("hidden", [True, False])
def test_a_file_that_would_run_code_is_refused(tmp_path: Path, zipped: bool, hidden: bool):
    target = tmp_path / "code-ran"
    value = a_graph(note=RunsCode(target)) if hidden else RunsCode(target)
    torch.save(value, tmp_path / "graph.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(DataError, match=r"graph.pt is refused: loading it would call posix.mkdir, and code") as refused:
        read_data(tmp_path / "graph.pt")
    assert "\n" not in str(refused.value)
    assert not target.exists()


@pytest.mark.parametrize("content", [b"hello", b"PK\x03\x04 half an archive", b"\x80\x02}q\x00."])
def test_files_of_something_else(tmp_path: Path, content: bytes):
    (tmp_path / "graph.pt").write_bytes(content)
    with pytest.raises(DataError, match=r"graph.pt (cannot be read: it is no file that torch.save wrote|holds a dict)"):
        read_data(tmp_path / "graph.pt")


def test_a_file_that_is_not_there_or_empty(tmp_path: Path):
    with pytest.raises(DataError, match="there is no file"):
        read_data(tmp_path / "graph.pt")
    (tmp_path / "graph.pt").touch()
    with pytest.raises(DataError, match=r"graph.pt is empty"):
        read_data(tmp_path / "graph.pt")


def test_memory_is_told_before_the_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = save(tmp_path, a_graph())
    monkeypatch.setattr(graph_memory, "available_memory", lambda: 100)
    with pytest.raises(DataError, match=r"reading .*graph.pt needs about 0.0 MB of memory, 0.0 MB are free"):
        read_data(path)


def test_a_graph_to_predict_needs_no_labels(tmp_path: Path):
    codec = GraphCodec.of(load(tmp_path, a_graph()), None, directed=False)
    graph = graph_data_to_predict(save(tmp_path, a_graph(y=None)), codec)
    assert graph.edges.shape == (2, 60)
    assert len(graph.unlabelled) == NODES
    with pytest.raises(DataError, match="it reads tables, not a Data file"):
        graph_data_to_predict(tmp_path / "graph.pt", replace(codec, feature_names=("a", "b", "c")))
