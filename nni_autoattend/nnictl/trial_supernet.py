"""Trial 0 of a one-shot strategy: the supernet is trained and searched, and what it found travels in the metric."""

from pathlib import Path
from typing import Any

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.by_modality import PreparedData
from nni_autoattend.errors import ExperimentError
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.searching import search_candidates
from nni_autoattend.history import History, Row, read_history
from nni_autoattend.journal import Journal
from nni_autoattend.nnictl.parameters import BELOW_ALL, by_rank
from nni_autoattend.progress import Observer
from nni_autoattend.strategy.context import SearchContext

CURVE_PATHS = 4
"""Architectures whose mean score on the supernet, after every epoch, is the curve of strategies with their own loop."""
KEPT = 20
"""Architectures that travel at most: a message to NNI stays small."""
_IN_CHECKPOINT = "supernet"


def search_supernet(settings: RunSettings, data: PreparedData, folder: Path, observer: Observer) -> dict[str, Any]:
    """Search and return the final metric; started again in the same ``folder``, it goes on from its checkpoint.

    Raises:
        AutoAttendError: the search found nothing, or its losses are not finite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    search = settings.strategy.search
    context = SearchContext(
        folder=folder,
        seed=settings.seed,
        deadline=Deadline.after(settings.budget).share(search.share),
        observer=observer,
        journal=Journal(folder / "journal.jsonl"),
        history=History(folder / "history.csv", _earlier_rows(folder / "history.csv")),
        checkpoint_minutes=search.checkpoint_minutes,
        curve_paths=CURVE_PATHS,
    )
    candidates = search_candidates(settings, data, context)
    context.history.write()
    if not candidates:
        raise ExperimentError("the search found no architecture; give it more epochs or time")
    kept = candidates[: max(KEPT, settings.retrain.top_k)]
    found = [{"fitness": item.fitness, "architecture": item.architecture.to_json()} for item in kept]
    return {"default": BELOW_ALL, "fitness": candidates[0].fitness, "found": by_rank(found)}


def _earlier_rows(path: Path) -> list[Row]:
    """Return the rows of an earlier process, without those that come back with the supernet's checkpoint."""
    return [dict(row) for row in read_history(path) if row["phase"] != _IN_CHECKPOINT]
