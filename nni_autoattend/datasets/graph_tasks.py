"""Graphs by name, and the one door to graph data: ``load_graph_splits``."""

from dataclasses import replace
from typing import Any

from nni_autoattend.datasets.graph_memory import check_memory
from nni_autoattend.datasets.graph_splits import GraphSplits, count_classes
from nni_autoattend.datasets.graph_task import GraphTask, pitfalls, planetoid
from nni_autoattend.datasets.small_parts import too_few
from nni_autoattend.errors import DataError, UnknownNameError
from nni_autoattend.names import resolve
from nni_autoattend.settings_graph_data import GraphDataSettings

_PPI = ("feats.npy", "graph_id.npy", "graph.json", "labels.npy")
_ARXIV = "ogb/ogbn_arxiv"

GRAPH_TASKS: dict[str, GraphTask] = {
    "communities": GraphTask(
        "a graph of five communities with noisy marks, made by rule, 5 classes; needs no files",
        "nni_autoattend.datasets.communities:communities",
    ),
    "cora": planetoid("Cora", "papers on machine learning by what they cite, 7 classes", 2708, 10556, 1433),
    "citeseer": planetoid("CiteSeer", "papers on computer science by what they cite, 6 classes", 3327, 9104, 3703),
    "pubmed": planetoid("PubMed", "papers on diabetes by what they cite, 3 classes", 19717, 88648, 500),
    "photo": pitfalls(
        "Amazon", "Photo", "amazon_electronics_photo.npz",
        "photo goods by what is bought together, 8 classes", 7650, 238162, 745,
    ),
    "computers": pitfalls(
        "Amazon", "Computers", "amazon_electronics_computers.npz",
        "computer goods by what is bought together, 10 classes", 13752, 491722, 767,
    ),
    "cs": pitfalls(
        "Coauthor", "CS", "ms_academic_cs.npz",
        "computer scientists by whom they write with, 15 classes", 18333, 163788, 6805,
    ),
    "physics": pitfalls(
        "Coauthor", "Physics", "ms_academic_phy.npz",
        "physicists by whom they write with, 5 classes", 34493, 495924, 8415,
    ),
    "ppi": GraphTask(
        "proteins of 24 tissues by how they interact, 121 labels, several a node; test tissues are unseen",
        "nni_autoattend.datasets.pyg_tasks:proteins",
        tuple(f"ppi/raw/{part}_{name}" for part in ("train", "valid", "test") for name in _PPI),
        "PPI",
        folder="ppi",
        nodes=56944,
        edges=1587264,
        features=50,
    ),
    "ogbn-arxiv": GraphTask(
        "arXiv papers on computer science by what they cite, 40 classes, divided by year",
        "nni_autoattend.datasets.arxiv:arxiv",
        (
            *(f"{_ARXIV}/raw/{name}.csv.gz" for name in ("edge", "node-feat", "node-label")),
            *(f"{_ARXIV}/split/time/{part}.csv.gz" for part in ("train", "valid", "test")),
        ),
        nodes=169343,
        edges=2315598,
        features=128,
    ),
}  # fmt: skip


def graph_task_names() -> list[str]:
    """Return the names of all graphs, sorted."""
    return sorted(GRAPH_TASKS)


def load_graph_splits(settings: GraphDataSettings) -> GraphSplits:
    """Return the three checked parts of a task or of an own graph. Cheap checks come first, before torch is imported.

    Raises:
        DataError: files are missing, or the data cannot be learned from as it stands.
        UnknownNameError: there is no such task.
    """
    splits = _load_own(settings) if settings.task is None else _load_task(settings.task, settings)
    check_graph(splits)
    return splits


def check_graph(splits: GraphSplits) -> None:
    """Refuse parts that nothing can be learned from or judged by.

    Raises:
        DataError: an empty part, a single class, or a label that no training node has.
    """
    if len(splits.labels) < 2 and not splits.multi_label:
        raise DataError(f"{splits.name}: all nodes have the label {splits.labels[0]!r}; two classes are needed")
    for name, least in (("train", 2), ("valid", 2), ("test", 1)):
        part = splits.parts()[name]
        if len(part) < least:
            nodes = sum(map(len, splits.parts().values()))
            which = f"{splits.name}: the {name} part"
            raise DataError(too_few(which, f"{len(part)} nodes", least, len(splits.labels), nodes))
    training = count_classes(splits.train.classes, len(splits.labels))
    unseen = [label for label, count in zip(splits.labels, training, strict=True) if not count]
    if unseen:
        listed = ", ".join(map(repr, unseen[:5])) + (" and others" if len(unseen) > 5 else "")
        raise DataError(f"{splits.name}: no training node has the label {listed}; move some there, or drop the label")
    if count_classes(splits.valid.classes, len(splits.labels)).max() < 2:
        raise DataError(f"{splits.name}: the validation part has one node per class; it must divide into two halves")


def _load_own(settings: GraphDataSettings) -> GraphSplits:
    if settings.data is not None:
        from nni_autoattend.datasets.graph_data_file import graph_data_file  # torch-geometric

        return graph_data_file(settings)
    from nni_autoattend.datasets.own_graphs import own_graph  # pandas

    return own_graph(settings)


def _load_task(name: str, settings: GraphDataSettings) -> GraphSplits:
    if name not in GRAPH_TASKS:
        raise UnknownNameError("graph task", name, GRAPH_TASKS)
    task = GRAPH_TASKS[name]
    if settings.inductive:
        raise DataError(f"task {name!r} is what it is; 'inductive' belongs to graphs of your own")
    if settings.multi_label and task.dataset != "PPI":
        raise DataError(f"nodes of task {name!r} have one label each; leave 'multi_label' out")
    if task.files:
        from nni_autoattend.datasets.graph_files import root_with_files

        needed = 3 * 4 * task.nodes * task.features  # torch-geometric reads features as a dense matrix, and copies it
        check_memory(needed, f"task {name!r}: reading {task.nodes:,} nodes and {task.edges:,} edges")
        settings = replace(settings, root=root_with_files(name, task, settings.root))
    loader: Any = resolve(task.loader)
    splits: GraphSplits = loader(settings)
    return splits
