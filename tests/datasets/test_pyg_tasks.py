import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from nni_autoattend.datasets.graph_features import SparseRows
from nni_autoattend.datasets.graph_prepare import prepare_graph
from nni_autoattend.datasets.graph_splits import GraphSplits
from nni_autoattend.datasets.graph_tasks import GRAPH_TASKS, load_graph_splits
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "nni-autoattend"


def sizes(splits: GraphSplits) -> dict[str, int]:
    return {name: len(part) for name, part in splits.parts().items()}


def write_npz(path: Path, classes: np.ndarray, seed: int = 0) -> Path:
    """Write a graph as Shchur et al. publish theirs."""
    random, nodes = np.random.default_rng(seed), len(classes)
    marks = (random.random((nodes, 30)) < 0.05).astype(np.float32)
    edges = np.unique(random.integers(nodes, size=(3 * nodes, 2)), axis=0)
    values = {"labels": classes}
    for name, matrix in (("attr", marks), ("adj", np.zeros((nodes, nodes), np.float32))):
        if name == "adj":
            matrix[edges[:, 0], edges[:, 1]] = 1
        rows, columns = np.nonzero(matrix)
        values |= {
            f"{name}_data": matrix[rows, columns],
            f"{name}_indices": columns,
            f"{name}_indptr": np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=nodes))]),
            f"{name}_shape": np.array(matrix.shape),
        }
    path.parent.mkdir(parents=True)
    np.savez(path, **values)
    return path


def write_ppi(folder: Path, graphs: dict[str, list[int]]) -> None:
    """Write rings as PPI is published: graphs of so many nodes for each part."""
    folder.mkdir(parents=True)
    for part, counts in graphs.items():
        starts = np.cumsum([0, *counts])
        links = [
            {"source": int(start + node), "target": int(start + (node + 1) % count)}
            for start, count in zip(starts, counts, strict=False)
            for node in range(count)
        ]
        nodes = [{"id": int(node)} for node in range(starts[-1])]
        whole = {"directed": True, "multigraph": False, "graph": {}, "nodes": nodes, "links": links}
        (folder / f"{part}_graph.json").write_text(json.dumps(whole))
        labels = np.eye(3)[np.arange(starts[-1]) % 3] + np.eye(3)[np.arange(starts[-1]) % 2]
        np.save(folder / f"{part}_labels.npy", np.minimum(labels, 1))
        np.save(folder / f"{part}_feats.npy", np.random.default_rng(0).normal(size=(starts[-1], 4)))
        np.save(folder / f"{part}_graph_id.npy", np.repeat(np.arange(len(counts)), counts) + 1)


def test_cora(shared_data: Path, cache: Path):
    before = sorted((shared_data / "planetoid" / "Cora").rglob("*"))
    splits = load_graph_splits(GraphDataSettings(task="cora", root=shared_data))
    graph = splits.train.graph
    assert graph.nodes == 2708
    assert graph.edges.shape == (2, 10556)
    assert graph.features.shape == (2708, 1433)
    assert sizes(splits) == {"train": 140, "valid": 500, "test": 1000}
    assert splits.class_counts()["train"] == dict.fromkeys(splits.labels, 20)
    named = Counter(splits.labels[number] for number in graph.classes)
    assert (named["Neural Networks"], named["Rule Learning"], named["Case Based"]) == (818, 180, 298)
    assert "edges: 10556 read, 10556 kept (each way counted); 0 isolated nodes" in splits.notes
    assert sorted((shared_data / "planetoid" / "Cora").rglob("*")) == before
    assert list(cache.rglob("data.pt"))
    data = prepare_graph(GraphDataSettings(task="cora"), splits)
    assert data.train.features.to_dense().sum(1).tolist() == pytest.approx([1.0] * 2708)
    assert (len(data.search), len(data.selection)) == (252, 248)  # every class is halved, odd ones as they round


def test_a_citation_network_that_would_run_code(shared_data: Path, tmp_path: Path):
    for file in GRAPH_TASKS["cora"].files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes((shared_data / file).read_bytes())
    (tmp_path / "planetoid/Cora/raw/ind.cora.ty").write_bytes(b"cos\nmkdir\n(S'code-ran'\ntR.")
    with pytest.raises(DataError, match=r"ind.cora.ty is refused: loading it would call os.mkdir"):
        load_graph_splits(GraphDataSettings(task="cora", root=tmp_path))
    assert not Path("code-ran").exists()


def test_citeseer(shared_data: Path):
    splits = load_graph_splits(GraphDataSettings(task="citeseer", root=shared_data))
    graph = splits.train.graph
    assert graph.nodes == 3327
    assert graph.edges.shape == (2, 9104)
    assert graph.features.shape == (3327, 3703)
    assert sizes(splits) == {"train": 120, "valid": 500, "test": 1000}
    assert "edges: 9104 read, 9104 kept (each way counted); 48 isolated nodes" in splits.notes
    assert isinstance(graph.features, SparseRows)


def test_photo(shared_data: Path):
    splits = load_graph_splits(GraphDataSettings(task="photo", root=shared_data))
    other = load_graph_splits(GraphDataSettings(task="photo", root=shared_data, split_seed=7))
    graph = splits.train.graph
    assert graph.nodes == 7650
    assert graph.edges.shape == (2, 238162)
    assert graph.features.shape == (7650, 745)
    counts = splits.class_counts()
    assert set(counts["train"].values()) == {20}
    assert set(counts["valid"].values()) == {30}
    assert counts["test"]["7"] == 166  # half of 331, rounded to even
    assert np.array_equal(other.test.nodes, splits.test.nodes)
    seen = np.concatenate([part.nodes for split in (splits, other) for part in (split.train, split.valid)])
    assert not np.isin(seen, splits.test.nodes).any()
    assert not np.array_equal(other.train.nodes, splits.train.nodes)
    assert "chosen once (seed 0), no search sees it" in splits.notes[0]


@pytest.mark.parametrize(
    ("task", "file"),
    [
        ("computers", "pyg_npz/Computers/raw/amazon_electronics_computers.npz"),
        ("cs", "pyg_npz/CS/raw/ms_academic_cs.npz"),
        ("physics", "pyg_npz/Physics/raw/ms_academic_phy.npz"),
    ],
)
def test_other_graphs_of_that_kind(tmp_path: Path, task: str, file: str):
    write_npz(tmp_path / "data" / file, np.arange(240) % 2)
    splits = load_graph_splits(GraphDataSettings(task=task, root=tmp_path / "data"))
    assert sizes(splits) == {"train": 40, "valid": 60, "test": 120}
    assert not splits.bag_of_words  # their features stay as given
    smaller = GraphDataSettings(task=task, root=tmp_path / "data", test_share=0.25, train_per_class=3)
    assert sizes(load_graph_splits(smaller)) == {"train": 6, "valid": 60, "test": 60}


def test_a_class_too_small_for_the_usual_counts(tmp_path: Path):
    write_npz(tmp_path / "data/pyg_npz/CS/raw/ms_academic_cs.npz", np.arange(100) % 2)
    with pytest.raises(DataError, match=r"label '0' has 25 nodes outside the test part, 20 \+ 30 are needed"):
        load_graph_splits(GraphDataSettings(task="cs", root=tmp_path / "data"))


def test_proteins_are_inductive_and_have_several_labels(tmp_path: Path):
    write_ppi(tmp_path / "data/ppi/raw", {"train": [6, 4], "valid": [5], "test": [3, 7]})
    splits = load_graph_splits(GraphDataSettings(task="ppi", root=tmp_path / "data"))
    assert sizes(splits) == {"train": 10, "valid": 5, "test": 10}
    assert (splits.inductive, splits.multi_label, splits.labels) == (True, True, ("0", "1", "2"))
    assert splits.train.graph.edges.shape == (2, 20)
    source, target = splits.train.graph.edges
    assert np.array_equal(source < 6, target < 6)  # no edge between the two graphs
    assert splits.train.classes[5].tolist() == [0, 1, 1]
    data = prepare_graph(GraphDataSettings(task="ppi"), splits)
    assert data.metric == "micro-f1"
    assert data.train.layout is not data.search.layout is not data.test.layout
    assert data.search.layout is data.selection.layout
    assert data.notes[0] == "inductive: test graphs are unseen"
    assert data.notes[1].startswith("train: 2 graphs, edges: 10 read, 10 ways back, 20 kept")


def test_files_of_something_else(tmp_path: Path):
    path = tmp_path / "data/pyg_npz/CS/raw/ms_academic_cs.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no archive")
    with pytest.raises(DataError, match=r"the files of task 'cs' in .* are not what torch-geometric expects"):
        load_graph_splits(GraphDataSettings(task="cs", root=tmp_path / "data"))


def test_what_an_interrupted_run_left_is_made_again(tmp_path: Path, cache: Path):
    write_npz(tmp_path / "data/pyg_npz/CS/raw/ms_academic_cs.npz", np.arange(240) % 2)
    settings = GraphDataSettings(task="cs", root=tmp_path / "data")
    fingerprint = load_graph_splits(settings).fingerprint()
    (processed,) = cache.rglob("data.pt")
    processed.write_bytes(processed.read_bytes()[:1000])
    assert load_graph_splits(settings).fingerprint() == fingerprint
