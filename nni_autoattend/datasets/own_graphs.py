"""A person's own graph: a table of nodes and a table of edges."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.graph_edges import clean_edges
from nni_autoattend.datasets.graph_memory import check_memory
from nni_autoattend.datasets.graph_parts import PartSizes, divide, strata_of
from nni_autoattend.datasets.graph_splits import UNLABELLED, Graph, GraphPart, GraphSplits
from nni_autoattend.datasets.node_labels import one_label_each, several_labels_each
from nni_autoattend.datasets.node_table import PARTS, NodeTable, word
from nni_autoattend.datasets.tables import check_file, read_table
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

Indices = NDArray[np.int64]
_SPLIT = "split"
_SHOWN_IDS = 3
_TEXT_BYTES, _PARQUET_ROW, _PARQUET_CELL = 16, 200, 32
"""Bytes of memory that reading takes for a byte of text, for a row of Parquet and for a cell of it (measured)."""


def own_graph(settings: GraphDataSettings) -> GraphSplits:
    """Return the parts of the graph whose files ``settings`` names.

    Raises:
        DataError: a file cannot be used; the message names the file and the row.
    """
    table, links = _tables(settings)
    _check_columns(table, settings, "id_column", "label_column")
    _check_columns(links, settings, "source_column", "target_column")
    split_column = settings.split_column or (_SPLIT if _SPLIT in table.columns else None)
    taken = [settings.id_column, settings.label_column, *([split_column] if split_column else [])]
    names, left_out = list(settings.feature_columns or ()), ""
    if not names:
        names, text = table.number_columns(taken)
        left_out = f"columns without numbers, not used: {', '.join(text)}" if text else ""
    ids, features = table.ids(settings.id_column), table.features(_named(names, table))
    read = several_labels_each if settings.multi_label else one_label_each
    classes, labels = read(table.cells(settings.label_column))
    pairs = read_edges(links, settings, ids)
    edges, counts = clean_edges(pairs, len(ids), directed=settings.directed)
    graph = Graph(features, edges, classes, ids)
    if not labels:
        raise DataError(f"{table.path}: no node has a label in column {settings.label_column!r}")
    parts = given_parts(table, split_column, graph) if split_column else None
    notes = (counts.note(), *([left_out] if left_out else []))
    return arranged(graph, labels, parts, settings, settings.name, notes, tuple(names))


def graph_to_predict(settings: GraphDataSettings, codec: GraphCodec) -> Graph:
    """Return a graph without labels, whose nodes have the columns that a model was trained with.

    Raises:
        DataError: a file cannot be used, or lacks a column.
    """
    if not codec.feature_names:
        raise DataError("the model was trained with features without names: it reads a Data file, not a table")
    table, links = _tables(settings)
    ids, features = table.ids(settings.id_column), table.features(codec.feature_names)
    pairs = read_edges(links, settings, ids)
    edges, _ = clean_edges(pairs, len(ids), directed=codec.directed)
    return Graph(features, edges, np.full(len(ids), UNLABELLED, np.int64), ids)


def read_edges(table: NodeTable, settings: GraphDataSettings, ids: tuple[str, ...]) -> Indices:
    """Return (2, E) edges between the positions of ``ids``.

    Raises:
        DataError: an edge names a node that is not among them.
    """
    known = pd.Index(ids, dtype=object)
    words = [
        [word(cell) for cell in table.cells(column)] for column in (settings.source_column, settings.target_column)
    ]
    edges = np.stack([known.get_indexer(pd.Index(ends, dtype=object)) for ends in words]).astype(np.int64)
    unknown = edges < 0
    if unknown.any():
        row = int(unknown.any(axis=0).argmax())
        name = words[int(unknown[:, row].argmax())][row]
        count, known_ids = int(unknown.any(axis=0).sum()), ", ".join(map(repr, ids[:_SHOWN_IDS]))
        raise DataError(
            f"{table.path}: {count} {'edge names' if count == 1 else 'edges name'} nodes that {settings.nodes} lacks, "
            f"first {name!r} in row {row + 1} (ids are compared as words: {known_ids}, ...); "
            "add the nodes, or drop the edges"
        )
    return edges


def given_parts(table: NodeTable, column: str, graph: Graph) -> tuple[Indices, Indices, Indices]:
    """Return the nodes of train, valid and test as a column names them.

    Raises:
        DataError: another word, or a node of a part that has no label.
    """
    words = np.array(table.parts(column), dtype=object)
    bare = np.isin(np.arange(graph.nodes), graph.unlabelled) & (words != "")
    if bare.any():
        first, counted = int(bare.argmax()), Counter(words[bare])
        told = ", ".join(f"{counted[part]} of {part}" for part in PARTS if counted[part])
        raise DataError(
            f"{table.path}: nodes without a label stand in a part ({told}), first in row {first + 1}; "
            f"label them, or leave their cell in column {column!r} empty (they are then predicted)"
        )
    train, valid, test = (np.flatnonzero(words == part) for part in PARTS)
    return train, valid, test


def arranged(
    graph: Graph,
    labels: tuple[str, ...],
    parts: tuple[Indices, Indices, Indices] | None,
    settings: GraphDataSettings,
    name: str,
    notes: tuple[str, ...],
    feature_names: tuple[str, ...] = (),
) -> GraphSplits:
    """Return an own graph with its parts; ``None``: they are split off, stratified."""
    told = "parts as given"
    if parts is None:
        sizes = PartSizes.of(settings, PartSizes())
        parts = divide(strata_of(graph.classes), sizes, settings.split_seed, labels)
        told = sizes.note(settings.split_seed)
    used, unlabelled = sum(map(len, parts)), len(graph.unlabelled)
    rest = graph.nodes - used - unlabelled
    notes = (told, *notes, f"{unlabelled} nodes without a label, to predict; {rest} others in no part")
    train, valid, test = (GraphPart(graph, part) for part in parts)
    if settings.inductive:
        train, valid = _without(train, valid, test), _without(valid, test)
        notes = (*notes, "inductive: training sees neither validation nor test nodes")
    return GraphSplits(name, train, valid, test, labels, notes, feature_names=feature_names)


def _check_columns(table: NodeTable, settings: GraphDataSettings, *keys: str) -> None:
    """Raise if a column is missing, and say which setting names it."""
    for key in keys:
        if getattr(settings, key) not in table.columns:
            raise DataError(f"{table.lacks(getattr(settings, key))}; the right one goes into data.{key}")


def _without(part: GraphPart, *hidden: GraphPart) -> GraphPart:
    """Return the same nodes in the graph that lacks the nodes of other parts."""
    unseen = np.concatenate([other.nodes for other in hidden])
    seen = np.setdiff1d(np.arange(part.graph.nodes), unseen)
    return GraphPart(part.graph.induced(seen), np.searchsorted(seen, part.nodes))


def _named(names: list[str], table: NodeTable) -> list[str]:
    if not names:
        raise DataError(
            f"{table.path}: no column holds numbers that describe a node; add some, for example how many neighbours it "
            "has"
        )
    return names


def _tables(settings: GraphDataSettings) -> tuple[NodeTable, NodeTable]:
    """Return the tables of nodes and of edges, each read once it is known that both fit into memory."""
    if settings.nodes is None or settings.edges is None:
        raise ValueError("no files of nodes and edges are named")
    paths = settings.nodes, settings.edges
    for path in paths:
        check_memory(_reading(check_file(path)), f"reading {path}")
    nodes, edges = (NodeTable(path, read_table(path)) for path in paths)
    return nodes, edges


def _reading(path: Path) -> int:
    """Estimate the bytes that reading a table takes; Parquet is compressed, and tells how long it is."""
    if path.suffix.lower() != ".parquet":
        return _TEXT_BYTES * path.stat().st_size
    from pyarrow import ArrowException
    from pyarrow.parquet import read_metadata

    try:
        told = read_metadata(path)
    except (ArrowException, OSError):
        return 0  # reading it will say what is wrong
    return int(told.num_rows * (_PARQUET_ROW + _PARQUET_CELL * told.num_columns))
