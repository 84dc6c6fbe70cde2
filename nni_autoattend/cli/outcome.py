"""The end of a run on the screen: the table, and where everything is."""

from typing import Any

import typer

from nni_autoattend.cli.output import columns, print_json
from nni_autoattend.experiment.run import Run
from nni_autoattend.modality import ModalityName

TO_PREDICT: dict[ModalityName, str] = {"text": "FILE", "graph": "  # its nodes without a label (--help: another graph)"}
"""What follows the name of a run, by what the run is about."""


def print_outcome(run: Run, *, as_json: bool) -> None:
    """Write the results of ``run`` to standard output."""
    if as_json:
        print_json(outcome(run))
        return
    from nni_autoattend.report.table import COLUMNS, result_cells

    typer.echo(columns([COLUMNS, *(result_cells(row) for row in run.results)]))
    for note in run.summary.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"\nrun     {run.folder}")
    typer.echo(f"report  {run.files.report}")
    typer.echo(f"predict with: nni-autoattend predict {run.folder} {TO_PREDICT[run.settings.space.modality]}")


def outcome(run: Run) -> dict[str, Any]:
    """Return what ``--json`` prints of a run."""
    summary = run.summary
    return {
        "run": str(run.folder),
        "state": run.state,
        "report": str(run.files.report),
        "metric": summary.metric,
        "labels": summary.labels,
        "best": run.best.to_json(),
        "results": summary.rows,
        "notes": summary.notes,
    }
