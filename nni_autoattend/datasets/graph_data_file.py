"""A person's own graph as a ``Data`` object of torch-geometric, read without running any code of the file."""

import re
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.graph_edges import clean_edges
from nni_autoattend.datasets.graph_features import compact
from nni_autoattend.datasets.graph_memory import check_memory
from nni_autoattend.datasets.graph_splits import UNLABELLED, Graph, GraphSplits
from nni_autoattend.datasets.own_graphs import arranged
from nni_autoattend.datasets.tables import check_file
from nni_autoattend.errors import DataError
from nni_autoattend.settings_graph_data import GraphDataSettings

Indices = NDArray[np.int64]
_MASKS = {"train": "train_mask", "valid": "val_mask", "test": "test_mask"}
_READING = 3
"""Bytes of memory that reading takes for a byte of the file."""


def graph_data_file(settings: GraphDataSettings) -> GraphSplits:
    """Return the parts of the graph in the file that ``settings.data`` names.

    It holds ``x`` (N, F), ``edge_index`` (2, E), ``y`` (N,), or (N, K) of 0 and 1 (``multi_label``), with -1 or NaN
    where the label is to be predicted, and perhaps ``train_mask``, ``val_mask`` and ``test_mask`` (N,).

    Raises:
        DataError: the file cannot be used, or would run code when it is loaded.
    """
    path = settings.data
    if path is None:
        raise ValueError("no Data file is named")
    data = read_data(path)
    features = _features(path, data)
    classes, labels = _classes(path, data, settings.multi_label)
    if len(classes) != len(features):
        raise DataError(f"{path}: x has {len(features)} rows, y has {len(classes)}")
    edges, note = _edges(path, data, len(features), settings.directed)
    graph = Graph(compact(features), edges, classes)
    return arranged(graph, labels, _parts(path, data, graph), settings, path.stem, (note,))


def graph_data_to_predict(path: Path, codec: GraphCodec) -> Graph:
    """Return the graph of a file without its labels, for a model that was trained with such a file or with a task.

    Raises:
        DataError: the file cannot be used, or would run code when it is loaded.
    """
    if codec.feature_names:
        raise DataError("the model was trained with columns that have names: it reads tables, not a Data file")
    data = read_data(path)
    features = _features(path, data)
    edges, _ = _edges(path, data, len(features), codec.directed)
    return Graph(compact(features), edges, np.full(len(features), UNLABELLED, np.int64))


def read_data(path: Path) -> Any:
    """Return the ``Data`` object of a file.

    Raises:
        DataError: there is none in it, or loading it would run code.
    """
    check_memory(_READING * check_file(path).stat().st_size, f"reading {path}")
    import torch
    from torch_geometric.data import Data

    try:
        with torch.serialization.safe_globals(_needed()):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, AttributeError, TypeError) as error:
        foreign = re.search(r"(?:GLOBAL|global:?|class) ([\w.]+\.[\w.]+)", str(error))
        if foreign:
            raise DataError(
                f"{path} is refused: loading it would call {foreign[1]}, and code of a file is never run; save a "
                "torch_geometric.data.Data of tensors only"
            ) from error
        raise DataError(f"{path} cannot be read: it is no file that torch.save wrote") from error
    if not isinstance(found, Data):
        raise DataError(f"{path} holds a {type(found).__name__}; a torch_geometric.data.Data is needed")
    if "_store" not in vars(found):  # Data answers every question from it
        raise DataError(f"{path} holds a Data object without a content")
    return found


def _needed() -> list[Any]:
    """What a pickled ``Data`` consists of beside tensors."""
    from torch_geometric.data import Data
    from torch_geometric.data.data import DataEdgeAttr, DataTensorAttr
    from torch_geometric.data.storage import GlobalStorage

    return [Data, DataEdgeAttr, DataTensorAttr, GlobalStorage]


def _array(path: Path, data: Any, name: str, dimensions: int) -> NDArray[Any]:
    import torch

    value = getattr(data, name, None)
    if not isinstance(value, torch.Tensor):
        raise DataError(f"{path}: the Data object has no tensor {name!r}; it has: {', '.join(sorted(data.keys()))}")
    array: NDArray[Any] = (value if value.layout == torch.strided else value.to_dense()).detach().numpy()
    if name == "y" and dimensions == 1 and array.shape[1:] == (1,):
        array = array[:, 0]
    if array.ndim != dimensions:
        raise DataError(f"{path}: {name!r} has the shape {array.shape}; {dimensions} dimensions are needed")
    return array


def _features(path: Path, data: Any) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        features = _array(path, data, "x", 2).astype(np.float32)
    _refuse_rows(path, "x", ~np.isfinite(features).all(axis=1), "rows with numbers that are not finite")
    if not features.size:
        raise DataError(f"{path}: x has the shape {features.shape}; nodes and features are needed")
    return features


def _edges(path: Path, data: Any, nodes: int, directed: bool) -> tuple[Indices, str]:
    pairs = _array(path, data, "edge_index", 2)
    if len(pairs) != 2 or not np.issubdtype(pairs.dtype, np.integer):
        raise DataError(f"{path}: edge_index must be whole numbers (2, E), found {pairs.dtype} {pairs.shape}")
    unknown = ((pairs < 0) | (pairs >= nodes)).any(axis=0)
    _refuse_rows(path, "edge_index", unknown, f"edges of nodes that x lacks (0 to {nodes - 1})")
    edges, counts = clean_edges(pairs, nodes, directed=directed)
    return edges, counts.note()


def _classes(path: Path, data: Any, multi_label: bool) -> tuple[NDArray[np.int64] | NDArray[np.int8], tuple[str, ...]]:
    if multi_label:
        several = np.nan_to_num(_array(path, data, "y", 2).astype(np.float64), nan=UNLABELLED)
        odd = ~np.isin(several, (0, 1)).all(axis=1) & ~(several == UNLABELLED).all(axis=1)
        _refuse_rows(path, "y", odd, "values other than 0 and 1 (a row of -1: to be predicted)")
        return several.astype(np.int8), tuple(map(str, range(several.shape[1])))
    columns = getattr(data.y, "shape", (0, 1))[1:]
    if len(columns) == 1 and columns[0] > 1:
        raise DataError(f"{path}: y has {columns[0]} columns; set multi_label if a node may have several labels")
    given = _array(path, data, "y", 1).astype(np.float64)
    one = np.nan_to_num(given, nan=UNLABELLED, posinf=UNLABELLED - 1)
    _refuse_rows(path, "y", (one < UNLABELLED) | (one != np.floor(one)), "classes that are no whole numbers from 0 on")
    known = np.unique(one[one >= 0]).astype(np.int64)
    if not known.size:
        raise DataError(f"{path}: no node has a label in y")
    classes = np.where(one >= 0, np.searchsorted(known, one), UNLABELLED)
    return classes.astype(np.int64), tuple(map(str, known))


def _parts(path: Path, data: Any, graph: Graph) -> tuple[Indices, Indices, Indices] | None:
    given = [mask for mask in _MASKS.values() if mask in data]
    if not given:
        return None
    absent = [mask for mask in _MASKS.values() if mask not in given]
    if absent:
        raise DataError(f"{path} has {', '.join(given)} but no {', '.join(absent)}; give all three, or none")
    masks = [_array(path, data, mask, 1).astype(bool) for mask in _MASKS.values()]
    if any(len(mask) != graph.nodes for mask in masks):
        raise DataError(f"{path}: each mask needs {graph.nodes} values, one a node")
    chosen = np.sum(masks, axis=0)
    _refuse_rows(path, "masks", chosen > 1, "nodes in two parts")
    bare = np.isin(np.arange(graph.nodes), graph.unlabelled)
    _refuse_rows(path, "masks", (chosen > 0) & bare, "nodes of a part that have no label")
    train, valid, test = map(np.flatnonzero, masks)
    return train, valid, test


def _refuse_rows(path: Path, name: str, flags: NDArray[np.bool_] | np.bool_, what: str) -> None:
    bad = np.atleast_1d(flags)
    if bad.any():
        raise DataError(f"{path}: {name} has {int(bad.sum())} {what}, first at {int(bad.argmax())}")
