"""A run that exists: what it found, what it measured, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_autoattend.architecture import Architecture
from nni_autoattend.errors import DataError, RunFolderError
from nni_autoattend.experiment.candidates import read_candidates
from nni_autoattend.experiment.node_predictions import other_graph, predict_other_graph, predict_own_nodes
from nni_autoattend.experiment.reporting import best_architecture, write_run_report
from nni_autoattend.experiment.results import Results, read_results
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.progress import Observer
from nni_autoattend.report.data import ResultRow

if TYPE_CHECKING:
    import pandas as pd

    from nni_autoattend.network.classifier import Prediction, TextClassifier
    from nni_autoattend.network.node_classifier import NodeClassifier, NodePrediction
    from nni_autoattend.strategy.candidates import Candidate


class Run:
    """A run folder, opened; nothing is computed before it is asked for."""

    def __init__(self, files: RunFolder) -> None:
        self.files = files
        self._classifier: TextClassifier | NodeClassifier | None = None

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, {self.state})"

    @property
    def folder(self) -> Path:
        """Path of the run folder."""
        return self.files.path

    @property
    def state(self) -> str:
        """``finished``, ``running`` or ``unfinished``."""
        return self.files.state

    @property
    def settings(self) -> RunSettings:
        """The resolved settings."""
        return self.files.settings()

    @property
    def best(self) -> Architecture:
        """The found architecture: picked on the selection half, or before that the fittest of the search."""
        return best_architecture(self.files)

    @property
    def candidates(self) -> list[Candidate]:
        """What the search handed over, the best fitness first."""
        if not self.files.architectures.exists():
            raise RunFolderError(f"the search of {self.folder} is not over yet; resume it")
        return read_candidates(self.files)

    @property
    def results(self) -> tuple[ResultRow, ...]:
        """The rows of the results table, the found network first."""
        return self.summary.rows

    @property
    def summary(self) -> Results:
        """The results with their metric, labels and notes."""
        return read_results(self.files)

    def predict(
        self, items: Sequence[str] | pd.DataFrame | None = None, batch_size: int = 256
    ) -> list[Prediction] | list[NodePrediction]:
        """Return label and probabilities of every item.

        Args:
            items: texts, or a frame with the text column that the run was trained on. Of a graph, names of its nodes;
                ``None``: all nodes whose label is not known.
            batch_size: texts at a time.

        Raises:
            DataError: a text is no text, the frame lacks the column, or there is no such node.
            RunFolderError: the run has no model yet.
        """
        from nni_autoattend.network.classifier import TextClassifier

        classifier, data = self.classifier(), self.settings.data
        if not isinstance(classifier, TextClassifier):
            return predict_own_nodes(classifier, data, None if items is None else [str(item) for item in items])
        if items is None:
            raise DataError("name the texts to predict")
        if hasattr(items, "columns"):
            items = _column(items, getattr(data, "text_column", "text"))
        return classifier.predict(items, batch_size)

    def predict_graph(
        self, nodes: str | Path | None = None, edges: str | Path | None = None, *, data: str | Path | None = None
    ) -> list[NodePrediction]:
        """Return labels and probabilities of all nodes of another graph.

        Args:
            nodes: its table of nodes, with the columns that the run was trained with; labels are not needed.
            edges: its table of edges.
            data: or its ``Data`` object, as ``torch.save`` wrote it.

        Raises:
            DataError: the model reads texts, or a file cannot be used.
            RunFolderError: the run has no model yet.
        """
        from nni_autoattend.network.node_classifier import NodeClassifier

        classifier = self.classifier()
        if not isinstance(classifier, NodeClassifier):
            raise DataError("the model reads texts, not graphs: ask predict()")
        files = {"nodes": nodes, "edges": edges, "data": data}
        paths = {name: Path(file) for name, file in files.items() if file is not None}
        return predict_other_graph(classifier, other_graph(self.settings.data, **paths))

    def classifier(self) -> TextClassifier | NodeClassifier:
        """Return the trained model, loaded once.

        Raises:
            RunFolderError: the run has no model yet.
        """
        from nni_autoattend.network.by_modality import load_classifier

        if self._classifier is None:
            self._classifier = load_classifier(self.folder)
        return self._classifier

    def report(self) -> Path:
        """Write ``report.html`` anew from the files of the run and return its path."""
        return write_run_report(self.files)

    def retrain(
        self,
        retrain: Mapping[str, Any] | None = None,
        *,
        seed: int | None = None,
        budget: str | float | None = None,
        threads: int | None = None,
        resume: bool = False,
        observer: Observer | None = None,
    ) -> Run:
        """Retrain what this run's search found with other settings, into a new sub-folder ``retrain-NNN``.

        Args:
            retrain: keys of the ``retrain:`` block that change (``{"width": 256, "seeds": 5}``).
            seed: first retraining seed; ``None``: this run's.
            budget: wall-clock limit, seconds or words; ``None``: none.
            threads: torch threads; ``None``: this run's.
            resume: continue the newest unfinished ``retrain-NNN``, which must have the same settings.
            observer: told of progress.

        Raises:
            AutoAttendError: the search is not over, a setting cannot be used, or the data have changed since.
        """
        from nni_autoattend.experiment.again import retrain_again

        changes = {"seed": seed, "budget": budget, "threads": threads}
        return Run(retrain_again(self.files, retrain or {}, changes, resume, observer))


def _column(frame: Any, column: str) -> list[Any]:
    if column not in frame.columns:
        raise DataError(f"the frame has no column {column!r}; its columns: {', '.join(map(str, frame.columns))}")
    return list(frame[column])
