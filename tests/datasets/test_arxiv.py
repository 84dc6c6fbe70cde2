import gzip
from pathlib import Path

import numpy as np
import pytest

from nni_autoattend.datasets.arxiv import arxiv
from nni_autoattend.datasets.graph_tasks import load_graph_splits
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

FOLDER = "ogb/ogbn_arxiv"


def write(path: Path, rows: list[list[float]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt") as file:
        file.writelines(",".join(map(str, row)) + "\n" for row in rows)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "data" / FOLDER
    write(folder / "raw/edge.csv.gz", [[0, 1], [1, 0], [2, 3], [3, 3], [2, 3]])
    write(folder / "raw/node-feat.csv.gz", [[node / 2, -node] for node in range(8)])
    write(folder / "raw/node-label.csv.gz", [[node % 2] for node in range(8)])
    for part, nodes in (("train", [1, 0, 2]), ("valid", [3, 4, 5, 7]), ("test", [6])):
        write(folder / f"split/time/{part}.csv.gz", [[node] for node in nodes])
    return tmp_path / "data"


def test_the_tables_are_read_as_they_are(root: Path):
    splits = load_graph_splits(GraphDataSettings(task="ogbn-arxiv", root=root))
    graph = splits.train.graph
    assert graph.edges.tolist() == [[1, 0, 3, 2], [0, 1, 2, 3]]
    assert np.array_equal(graph.features, [[node / 2, -node] for node in range(8)])
    assert [part.nodes.tolist() for part in splits.parts().values()] == [[0, 1, 2], [3, 4, 5, 7], [6]]
    assert splits.labels == ("0", "1")
    assert splits.notes[0] == "divided by year of publication"
    assert not splits.bag_of_words
    directed = arxiv(GraphDataSettings(task="ogbn-arxiv", root=root, directed=True))
    assert directed.train.graph.edges.tolist() == [[1, 0, 2], [0, 1, 3]]


def test_tables_that_do_not_fit_together(root: Path):
    settings = GraphDataSettings(task="ogbn-arxiv", root=root)
    write(root / FOLDER / "split/time/test.csv.gz", [[8]])
    with pytest.raises(DataError, match="do not fit together: the test part names node 8 of 8"):
        arxiv(settings)
    write(root / FOLDER / "raw/edge.csv.gz", [[0, 9]])
    with pytest.raises(DataError, match="do not fit together: edges must lie between 0 and 7"):
        arxiv(settings)
    (root / FOLDER / "raw/edge.csv.gz").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"edge\.csv\.gz cannot be read"):
        arxiv(settings)
