"""Public graphs, read by torch-geometric from a folder that has their files."""

from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_autoattend.datasets.graph_edges import clean_edges
from nni_autoattend.datasets.graph_features import compact
from nni_autoattend.datasets.graph_files import dataset
from nni_autoattend.datasets.graph_parts import PartSizes, divide
from nni_autoattend.datasets.graph_splits import Graph, GraphPart, GraphSplits
from nni_autoattend.datasets.graph_tasks import GRAPH_TASKS
from nni_autoattend.datasets.plain_pickle import check_pickle
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

LABELS = {
    "cora": (
        "Theory", "Reinforcement Learning", "Genetic Algorithms", "Neural Networks", "Probabilistic Methods",
        "Case Based", "Rule Learning",
    ),
    "citeseer": ("AI", "ML", "IR", "DB", "Agents", "HCI"),
    "pubmed": ("experimental", "type 1", "type 2"),
}  # fmt: skip
"""Classes by number, where the files do not name them."""


def citations(settings: GraphDataSettings) -> GraphSplits:
    """Cora, CiteSeer and PubMed with the public split of Yang et al. 2016 (Planetoid): 20 nodes a class to train."""
    for file in GRAPH_TASKS[settings.task or ""].files:
        if settings.root is not None and not file.endswith(".index"):
            check_pickle(settings.root / file)  # torch-geometric would run what it holds
    name, (data,) = _read(settings)
    graph, note = _graph(data, settings)
    train, valid, test = (GraphPart(graph, _nodes(data[f"{part}_mask"])) for part in ("train", "val", "test"))
    return GraphSplits(name, train, valid, test, LABELS[name], ("the public Planetoid split", note), bag_of_words=True)


def pitfalls(settings: GraphDataSettings) -> GraphSplits:
    """Photo, Computers, CS and Physics (Shchur et al. 2018): 20 nodes a class to train, 30 to validate.

    The test part is half of every class, and the same for every ``split_seed``: training and validation nodes are
    drawn from the other half, whose remaining nodes are in no part. So no search on any split has seen a test node
    (the paper draws all three anew and tests on all that is left).

    Marks of words stay zeros and ones: so GCN and GAT come to their published figures with their published settings.
    With rows that sum to 1 both had hardly begun to learn Photo after 200 epochs, on which these were ended.
    """
    name, (data,) = _read(settings)
    graph, note = _graph(data, settings)
    labels = tuple(map(str, range(int(graph.classes.max()) + 1)))
    usual = PartSizes(test_share=0.5, train_per_class=20, validation_per_class=30)
    sizes = PartSizes.of(settings, usual)
    nodes = divide(graph.classes.astype(np.int64), sizes, settings.split_seed, labels)
    train, valid, test = (GraphPart(graph, part) for part in nodes)
    return GraphSplits(name, train, valid, test, labels, (sizes.note(settings.split_seed), note))


def proteins(settings: GraphDataSettings) -> GraphSplits:
    """PPI (Zitnik and Leskovec 2017): 20 tissues to train, 2 to validate, 2 to test, 121 labels, several a node."""
    parts, notes = [], []
    for split in ("train", "val", "test"):
        name, graphs = _read(settings, split=split)
        graph, note = _joined(graphs, settings)
        parts.append(GraphPart(graph, np.arange(graph.nodes)))
        notes.append(f"{split}: {len(graphs)} graphs, {note}")
    train, valid, test = parts
    labels = tuple(map(str, range(train.graph.classes.shape[1])))
    return GraphSplits(name, train, valid, test, labels, ("inductive: test graphs are unseen", *notes))


def _read(settings: GraphDataSettings, **options: Any) -> tuple[str, list[Any]]:
    """Return name and graphs of a task."""
    name, folder = settings.task, settings.root
    if name is None or folder is None:
        raise ValueError("task and data root are not set; call load_graph_splits")
    return name, list(_opened(name, folder, options))


def _opened(name: str, folder: Path, options: dict[str, Any]) -> Any:
    """Open a data set; what an interrupted run left in its ``processed`` folder is made again."""
    try:
        try:
            return dataset(GRAPH_TASKS[name], folder, **options)
        except (RuntimeError, EOFError, UnpicklingError):
            return dataset(GRAPH_TASKS[name], folder, force_reload=True, **options)
    except (ValueError, KeyError, IndexError, OSError, RuntimeError, EOFError, UnpicklingError) as error:
        told = " ".join(str(error).split())[:200]
        raise DataError(
            f"the files of task {name!r} in {folder} are not what torch-geometric expects: {told}"
        ) from error


def _graph(data: Any, settings: GraphDataSettings) -> tuple[Graph, str]:
    edges, counts = clean_edges(data.edge_index.numpy(), len(data.x), directed=settings.directed)
    return Graph(compact(data.x.numpy()), edges, data.y.numpy().astype(np.int64)), counts.note()


def _joined(graphs: Sequence[Any], settings: GraphDataSettings) -> tuple[Graph, str]:
    """Put graphs side by side: one graph whose parts no edge connects."""
    starts = np.cumsum([0, *(len(data.x) for data in graphs)])
    pairs = [data.edge_index.numpy() + start for data, start in zip(graphs, starts[:-1], strict=True)]
    edges, counts = clean_edges(np.concatenate(pairs, axis=1), int(starts[-1]), directed=settings.directed)
    features = compact(np.concatenate([data.x.numpy() for data in graphs]))
    classes = np.concatenate([data.y.numpy() for data in graphs]).astype(np.int8)
    return Graph(features, edges, classes), counts.note()


def _nodes(mask: Any) -> NDArray[np.int64]:
    return np.flatnonzero(mask.numpy())
