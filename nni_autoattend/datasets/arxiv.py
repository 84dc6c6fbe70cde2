"""The citation graph of arXiv (Hu et al. 2020, Open Graph Benchmark), read from its tables."""

from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nni_autoattend.datasets.graph_edges import clean_edges
from nni_autoattend.datasets.graph_features import compact
from nni_autoattend.datasets.graph_splits import Graph, GraphPart, GraphSplits
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

Number = TypeVar("Number", np.int64, np.float32)


def arxiv(settings: GraphDataSettings) -> GraphSplits:
    """ogbn-arxiv: papers up to 2017 to train, those of 2018 to validate, later ones to test; 40 classes."""
    if settings.root is None:
        raise ValueError("the data root is not set; call load_graph_splits")
    folder = settings.root / "ogb" / "ogbn_arxiv"
    features = _table(folder / "raw" / "node-feat.csv.gz", np.float32)
    classes = _table(folder / "raw" / "node-label.csv.gz", np.int64)[:, 0]
    pairs = _table(folder / "raw" / "edge.csv.gz", np.int64).T
    try:
        edges, counts = clean_edges(pairs, len(features), directed=settings.directed)
        graph = Graph(compact(features), edges, classes)
        train, valid, test = (
            GraphPart(graph, _nodes(folder, part, len(classes))) for part in ("train", "valid", "test")
        )
    except ValueError as error:
        raise DataError(f"the tables of ogbn-arxiv in {folder} do not fit together: {error}") from error
    labels = tuple(map(str, range(int(classes.max()) + 1)))
    return GraphSplits("ogbn-arxiv", train, valid, test, labels, ("divided by year of publication", counts.note()))


def _nodes(folder: Path, part: str, nodes: int) -> NDArray[np.int64]:
    found = np.unique(_table(folder / "split" / "time" / f"{part}.csv.gz", np.int64))
    if found[-1] >= nodes:
        raise ValueError(f"the {part} part names node {found[-1]} of {nodes}")
    return found


def _table(path: Path, kind: type[Number]) -> NDArray[Number]:
    """Return a table of numbers without a header."""
    try:
        return pd.read_csv(path, header=None, dtype=kind).to_numpy()
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {' '.join(str(error).split())[:200]}") from error
