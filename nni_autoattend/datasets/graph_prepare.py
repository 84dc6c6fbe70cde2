"""From a graph's arrays to tensors: scaled features, edges, the halves of validation."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nni_autoattend.datasets.graph_batches import GraphInput, GraphNodes
from nni_autoattend.datasets.graph_codec import GraphCodec
from nni_autoattend.datasets.graph_features import Features, SparseRows
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.datasets.graph_memory import check_memory, graph_memory
from nni_autoattend.datasets.graph_neighbours import check_sampler
from nni_autoattend.datasets.graph_parts import strata_of
from nni_autoattend.datasets.graph_splits import Graph, GraphPart, GraphSplits
from nni_autoattend.datasets.graph_tensors import features_tensor
from nni_autoattend.datasets.splits import halve
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.settings_graph_data import GraphDataSettings, GraphMetric


@dataclass(frozen=True, eq=False)
class GraphData:
    """Everything that a search, a retraining and a report need of the data.

    Attributes:
        name: of the task, or of the user's file of nodes.
        codec: reads new graphs as these were read.
        train: what networks are trained on.
        search: half of validation that drives the search (fitness).
        selection: the other half, which picks architectures, epochs and hyper-parameters.
        test: touched once per reported number.
        unlabelled: the nodes whose label nobody knows, in the graph of the test; there may be none.
        unlabelled_names: what the user calls them.
        dimensions: the sizes that a network takes from the data.
        metric: drives fitness, selection and report.
        labels: readable labels by class.
        class_counts: part -> label -> nodes.
        notes: what a reader of the report must know about the data.
    """

    name: str
    codec: GraphCodec
    train: GraphNodes
    search: GraphNodes
    selection: GraphNodes
    test: GraphNodes
    unlabelled: GraphInput
    unlabelled_names: tuple[str, ...]
    dimensions: GraphDimensions
    metric: GraphMetric
    labels: tuple[str, ...]
    class_counts: dict[str, dict[str, int]]
    notes: tuple[str, ...]


def prepare_graph(settings: GraphDataSettings, splits: GraphSplits, folder: Path | None = None) -> GraphData:
    """Scale features and lay out edges; parts that see the same graph share its tensors.

    Args:
        settings: scaling, metric, seed.
        splits: checked splits, from ``load_graph_splits``.
        folder: not needed; graphs have nothing that must be kept beside a run.

    Raises:
        DataError: the graph is too large for the memory that is free, or mini-batches cannot be made here.
    """
    if settings.neighbours is not None:
        check_sampler()
    _check_memory(splits, whole=settings.neighbours is None)
    codec = GraphCodec.of(splits, settings.normalise_features, directed=settings.directed)
    tensors = _Tensors(codec, settings.neighbours)
    search, selection = (
        GraphPart(splits.valid.graph, splits.valid.nodes[half])
        for half in halve(strata_of(splits.valid.classes).tolist(), settings.split_seed)
    )
    whole = splits.test.graph
    return GraphData(
        name=splits.name,
        codec=codec,
        train=tensors.nodes(splits.train),
        search=tensors.nodes(search),
        selection=tensors.nodes(selection),
        test=tensors.nodes(splits.test),
        unlabelled=GraphInput(*tensors.graph(whole), torch.from_numpy(whole.unlabelled)),
        unlabelled_names=tuple(whole.names(whole.unlabelled)),
        dimensions=GraphDimensions(codec.features, len(codec.labels), codec.multi_label),
        metric=settings.metric,
        labels=codec.labels,
        class_counts=splits.class_counts(),
        notes=(*splits.notes, _scaling_note(codec), *_batches_notes(settings)),
    )


class _Tensors:
    """The tensors of each graph, made once."""

    def __init__(self, codec: GraphCodec, neighbours: tuple[int, ...] | None) -> None:
        self.codec, self.neighbours = codec, neighbours
        self._known: dict[int, tuple[Tensor, GraphLayout]] = {}

    def graph(self, graph: Graph) -> tuple[Tensor, GraphLayout]:
        if id(graph) not in self._known:
            features = features_tensor(self.codec.encode(graph.features))
            self._known[id(graph)] = features, GraphLayout(torch.from_numpy(graph.edges), graph.nodes)
        return self._known[id(graph)]

    def nodes(self, part: GraphPart) -> GraphNodes:
        kind = torch.float32 if self.codec.multi_label else torch.int64
        labels = torch.from_numpy(part.classes).to(kind)
        return GraphNodes(*self.graph(part.graph), torch.from_numpy(part.nodes), labels, self.neighbours)


def _check_memory(splits: GraphSplits, *, whole: bool) -> None:
    graphs = {id(part.graph): part.graph for part in splits.parts().values()}.values()
    nodes, edges = sum(graph.nodes for graph in graphs), sum(graph.edges.shape[1] for graph in graphs)
    needed = sum(
        graph_memory(
            graph.nodes, graph.edges.shape[1], graph.features.shape[1], entries=_entries(graph.features), whole=whole
        )
        for graph in graphs
    )
    doing = "training" if whole else "scoring"
    check_memory(needed, f"{splits.name}: {doing} on {nodes:,} nodes and {edges:,} edges")


def _entries(features: Features) -> int | None:
    return len(features.values) if isinstance(features, SparseRows) else None


def _batches_notes(settings: GraphDataSettings) -> list[str]:
    if settings.neighbours is None:
        return []
    counts = ", then ".join("all" if count == -1 else str(count) for count in settings.neighbours)
    return [f"training takes batches of nodes and samples their neighbours ({counts}); scoring reads the whole graph"]


def _scaling_note(codec: GraphCodec) -> str:
    kinds = {
        "rows": "absolute values of a node's features sum to 1",
        "columns": "features have mean 0 and deviation 1 over training nodes",
        "none": "features as given",
    }
    return kinds[codec.normalise]
