"""The report of a run, made from its folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nni_autoattend.architecture import Architecture
from nni_autoattend.experiment.candidates import STAGE as SEARCH
from nni_autoattend.experiment.finalists import STAGE as FINALIST
from nni_autoattend.experiment.forecast_comparison import forecast_rows, told
from nni_autoattend.experiment.forecast_kept import read_forecast
from nni_autoattend.experiment.predictions import read_predictions
from nni_autoattend.experiment.results import Results, read_results
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.simplification import STAGE as SIMPLER
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.history import read_history
from nni_autoattend.journal import Journal
from nni_autoattend.modality import ModalityName
from nni_autoattend.report.data import FinalistRow, LabelRow, ReportData
from nni_autoattend.training.fitness import fitness_name

_EVALUATIONS = ("evaluation", "trial")
"""Stages of the journal that carry a fitness."""
_JUDGED = ("score", "loss", "fitness")
"""What the journal says of a network that was trained alone within the search."""

_ENDS: dict[ModalityName, tuple[str, str]] = {
    "text": ("embedding · stem", "max-pool · classifier"),
    "graph": ("features · stem", "classifier"),
}
_COUNTED: dict[ModalityName, str] = {"text": "embedding not counted", "graph": "stem and head counted"}
"""Words of the report that differ with the kind of data."""


def write_run_report(folder: RunFolder) -> Path:
    """Write ``report.html`` anew and return its path; a run without results yet gets a report of its search.

    Raises:
        RunFolderError: the search is not over, or a file is damaged.
    """
    from nni_autoattend.report.page import write_report

    return write_report(report_data(folder), folder.report)


def report_data(folder: RunFolder) -> ReportData:
    """Gather what the report shows.

    Raises:
        RunFolderError: the search is not over, or a file is damaged.
    """
    description, settings = folder.description(), folder.settings()
    journal = Journal(folder.journal)
    kept = read_forecast(folder)
    results = read_results(folder) if folder.results.exists() else Results(settings.data.metric, (), {}, ())
    return ReportData(
        title=f"{settings.space.name} on {settings.data.name}, searched with {settings.strategy.name}",
        command=str(description["command"]),
        settings=description["settings"],
        architecture=best_architecture(folder),
        operations=settings.space.genes.operations,
        history=read_history(folder.history),
        evaluations=_evaluations(journal),
        results=results.rows,
        **_answers(folder, results),
        labels=results.labels,
        metric=results.metric,
        fitness=fitness_name(results.metric, settings.strategy.search.best),
        environment=_environment(description, settings, journal),
        notes=results.notes,
        forecast=forecast_rows(kept) if kept else (),
        forecast_told=told(kept) if kept else (),
        finalists=_finalists(journal),
        ends=_ENDS[settings.space.modality],
        counted=_COUNTED[settings.space.modality],
    )


def best_architecture(folder: RunFolder) -> Architecture:
    """Return the architecture of ``best.json``.

    Raises:
        RunFolderError: the search is not over.
    """
    return Architecture.from_json(read_json(folder.best)["architecture"])


def _evaluations(journal: Journal) -> list[dict[str, Any]]:
    return [event for event in journal.events if event["stage"] in _EVALUATIONS and "fitness" in event]


def _finalists(journal: Journal) -> list[FinalistRow]:
    return [
        FinalistRow(Architecture.from_json(event["architecture"]), *(event.get(key) for key in ("supernet", *_JUDGED)))
        for event in [*journal.of_stage(FINALIST), *journal.of_stage(SIMPLER)]
    ]


def _answers(folder: RunFolder, results: Results) -> dict[str, Any]:
    """Return what the saved model says of the test split, as counts; nothing when nothing was predicted."""
    predictions = read_predictions(folder, results.model["name"], results.model["seed"]) if results.model else None
    if predictions is None:
        return {"confusion": []}
    from nni_autoattend.training.metrics import confusion, label_counts

    true, said = predictions.labels, predictions.predictions
    if isinstance(true[0], tuple):
        counted = zip(results.labels, label_counts(true, said), strict=True)
        return {"confusion": [], "by_label": [LabelRow(label, *counts) for label, counts in counted]}
    return {"confusion": confusion(true, said, len(results.labels))}


def _environment(description: dict[str, Any], settings: RunSettings, journal: Journal) -> dict[str, str]:
    threads = "torch's choice" if settings.threads is None else str(settings.threads)
    environment = {**description.get("versions", {}), **description.get("machine", {}), "threads": threads}
    search = journal.find(SEARCH, "end")
    if search is not None:
        part = ", last process only" if search["resumed"] else ""
        environment["search"] = f"{search['seconds']:.0f} s, {search['cpu_seconds']:.0f} s CPU{part}; not in the table"
    return environment
