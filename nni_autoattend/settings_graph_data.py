"""Which graph, which parts of it, and how its features are scaled, as checked values."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

GraphMetric = Literal["accuracy", "macro-f1", "balanced-accuracy", "micro-f1"]
Normalisation = Literal["none", "rows", "columns"]
MULTI_LABEL_TASKS = ("ppi",)


@dataclass(frozen=True)
class GraphDataSettings:
    """Which graph, and which of its nodes are for what.

    A task, two tables (``nodes`` and ``edges``) or one file of torch-geometric's (``data``) name the graph.

    Attributes:
        task: name of a task (``list tasks``); ``None`` with own files.
        root: folder that holds the task's files; ``None``: download there, or nothing needed.
        nodes, edges: own tables (CSV, TSV, JSONL, Parquet), one row a node and one row an edge.
        data: own ``Data`` object of torch-geometric, as ``torch.save`` wrote it.
        id_column, label_column: columns of ``nodes``; an empty label: to be predicted.
        split_column: column of ``nodes`` with ``train``, ``valid``, ``test`` or nothing; ``None``: ``split`` where
            there is such a column.
        feature_columns: columns of ``nodes``; ``None``: all others that hold numbers.
        source_column, target_column: columns of ``edges``, with ids of nodes.
        directed: edges lead one way only; otherwise the way back is added.
        normalise_features: ``rows``: absolute values of a node's features sum to 1 (Planetoid's custom, for bags of
            words); ``columns``: mean 0 and deviation 1 over training nodes; ``None``: what suits the data.
        metric: drives fitness, selection and report; with several labels a node ``micro-f1`` stands for ``accuracy``.
        multi_label: a node may have several labels; in a cell of ``label_column`` semicolons set them apart.
        inductive: own graphs: training sees neither validation nor test nodes, validation no test nodes.
        validation_share, test_share: parts of every class that are split off where the data has no split; ``None``:
            the task's, or a fifth.
        train_per_class, validation_per_class: nodes of every class instead of shares; ``None``: the task's, or shares.
        split_seed: divides nodes into training and validation, and validation into halves; the test part never moves.
        neighbours: training takes batches of ``batch_size`` nodes and, around each, as many neighbours at each step
            away from it as stand here (-1: all); ``None``: the whole graph is one batch.
        size: nodes of the generated task.
    """

    SOURCES: ClassVar[tuple[str, ...]] = ("task", "nodes", "edges", "data")
    """Keys that say which data."""
    PATHS: ClassVar[tuple[str, ...]] = ("root", "nodes", "edges", "data")
    """Keys that name files and folders."""
    PLACES: ClassVar[tuple[str, ...]] = PATHS
    """Keys that a resumed run may change: the same data, by their fingerprint, at another place."""

    task: str | None = None
    root: Path | None = None
    nodes: Path | None = None
    edges: Path | None = None
    data: Path | None = None
    id_column: str = "id"
    label_column: str = "label"
    split_column: str | None = None
    feature_columns: tuple[str, ...] | None = None
    source_column: str = "source"
    target_column: str = "target"
    directed: bool = False
    normalise_features: Normalisation | None = None
    metric: GraphMetric = "accuracy"
    multi_label: bool = False
    inductive: bool = False
    validation_share: float | None = None
    test_share: float | None = None
    train_per_class: int | None = None
    validation_per_class: int | None = None
    split_seed: int = 0
    neighbours: tuple[int, ...] | None = None
    size: int = 600

    def __post_init__(self) -> None:
        tables = self.nodes is not None or self.edges is not None
        if (self.task is not None) + tables + (self.data is not None) != 1:
            raise ValueError(
                "name either a task, the tables of your own graph or a Data file "
                "(--task NAME, --nodes FILE with --edges FILE, or --data FILE)"
            )
        if tables and (self.nodes is None or self.edges is None):
            raise ValueError("nodes and edges belong together: name both files (--nodes FILE --edges FILE)")
        self._check_columns()
        self._check_parts()
        self._check_metric()
        self._check_neighbours()
        if self.size < 100:
            raise ValueError(f"size must be at least 100, found {self.size}")

    @property
    def name(self) -> str:
        """Name of the task, or of the person's own file of nodes."""
        own = self.nodes or self.data
        return self.task or (own.stem if own else "data")

    def _check_neighbours(self) -> None:
        counts = (1,) if self.neighbours is None else self.neighbours
        if not counts or any(count < 1 and count != -1 for count in counts):
            raise ValueError(f"neighbours must be numbers of at least 1, or -1 for all, found {list(counts)}")

    def _check_metric(self) -> None:
        if self.task in MULTI_LABEL_TASKS:
            object.__setattr__(self, "multi_label", True)
        if self.multi_label and self.metric == "accuracy":
            object.__setattr__(self, "metric", "micro-f1")
        if self.multi_label != (self.metric == "micro-f1"):
            several = "several labels" if self.multi_label else "one label"
            raise ValueError(f"a node has {several}: {self.metric} cannot judge that")

    def _check_columns(self) -> None:
        if self.source_column == self.target_column:
            raise ValueError(f"source and target cannot both be the column {self.source_column!r}")
        named = [self.id_column, self.label_column, self.split_column, *(self.feature_columns or ())]
        repeated = sorted({name for name in named if name is not None and named.count(name) > 1})
        if repeated:
            raise ValueError(f"column {repeated[0]!r} is named for two purposes, or twice")
        if self.feature_columns == ():
            raise ValueError("feature_columns names no column; leave it out to take all that hold numbers")

    def _check_parts(self) -> None:
        for name in ("validation_share", "test_share"):
            share = getattr(self, name)
            if share is not None and not 0 < share < 1:
                raise ValueError(f"{name} must lie between 0 and 1, found {share}")
        if (self.validation_share or 0.2) + (self.test_share or 0.2) >= 1:
            raise ValueError("validation_share and test_share leave nothing to train on")
        for name in ("train_per_class", "validation_per_class"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise ValueError(f"{name} must be at least 1, found {count}")
