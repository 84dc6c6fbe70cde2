"""From the settings of any kind of data to batches: each step asks what it is given, and passes it to its own kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nni_autoattend.settings import DataSettings, TrainingSettings

if TYPE_CHECKING:
    from nni_autoattend.datasets.loader import Loader, Part
    from nni_autoattend.modality import AnyDataSettings

TOKENS_TO_EVALUATE = 4096
"""Tokens of a batch of texts that is only scored."""


class PreparedData(Protocol):
    """Data as tensors: what networks learn from and are judged by; see ``TextData`` and ``GraphData``."""

    @property
    def name(self) -> str:
        """Of the task, or of the person's own file."""
        ...

    @property
    def codec(self) -> Any:
        """Reads new items as these were read."""
        ...

    @property
    def dimensions(self) -> Any:
        """The sizes that a network takes from the data; ``classes`` is one of them."""
        ...

    @property
    def metric(self) -> str:
        """Drives fitness, selection and report."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Readable labels by class."""
        ...

    @property
    def class_counts(self) -> dict[str, dict[str, int]]:
        """Part -> label -> items."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report must know about the data."""
        ...

    @property
    def train(self) -> Part:
        """What networks are trained on."""
        ...

    @property
    def search(self) -> Part:
        """Half of validation that drives the search."""
        ...

    @property
    def selection(self) -> Part:
        """The other half."""
        ...

    @property
    def test(self) -> Part:
        """Touched once per reported number."""
        ...


def load_splits(settings: AnyDataSettings) -> Any:
    """Return the checked splits of a task or of own files: ``examples.Splits``, ``GraphSplits``.

    All have ``name``, ``notes``, ``class_counts()`` and ``fingerprint()``.

    Raises:
        DataError: files are missing, or the data cannot be learned from as it stands.
        UnknownNameError: there is no such task.
    """
    if isinstance(settings, DataSettings):
        from nni_autoattend.datasets import tasks

        return tasks.load_splits(settings)
    from nni_autoattend.datasets.graph_tasks import load_graph_splits

    return load_graph_splits(settings)


def prepare(settings: AnyDataSettings, splits: Any, folder: Path | None) -> PreparedData:
    """Return the ``PreparedData`` of checked splits.

    Args:
        settings: as the splits were loaded with.
        splits: from ``load_splits``.
        folder: where word vectors are kept; needed with a vector file only.

    Raises:
        AutoAttendError: a file cannot be used, or the disk is full.
    """
    if isinstance(settings, DataSettings):
        from nni_autoattend.datasets import prepare as texts

        return texts.prepare(settings, splits, folder)
    from nni_autoattend.datasets.graph_prepare import prepare_graph

    return prepare_graph(settings, splits)


def training_loader(part: Part, training: TrainingSettings, seed: int) -> Loader:
    """Return shuffled batches of ``part`` to learn from."""
    from nni_autoattend.datasets.encoded import EncodedTexts

    if isinstance(part, EncodedTexts):
        from nni_autoattend.datasets.batches import TextLoader

        return TextLoader(part, training.batch_size, shuffle=True, pool=training.bucket_pool, seed=seed)
    from nni_autoattend.datasets.graph_batches import GraphLoader, GraphNodes

    assert isinstance(part, GraphNodes)
    return GraphLoader(part, training.batch_size, shuffle=True, seed=seed)


def scoring_loader(part: Part, batch_size: int | None = None) -> Loader:
    """Return batches of ``part`` that are only scored: of ``batch_size`` items, or as large as memory likes."""
    from nni_autoattend.datasets.encoded import EncodedTexts

    if isinstance(part, EncodedTexts):
        from nni_autoattend.datasets.batches import TextLoader

        tokens = None if batch_size else TOKENS_TO_EVALUATE
        return TextLoader(part, batch_size, shuffle=False, tokens=tokens)
    from nni_autoattend.datasets.graph_batches import GraphLoader, GraphNodes

    assert isinstance(part, GraphNodes)
    return GraphLoader(part, shuffle=False)
