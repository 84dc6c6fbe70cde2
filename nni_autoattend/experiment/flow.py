"""A run from its folder to its end; started again after a kill, it goes on where it was."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.bench import Bench, torch_threads
from nni_autoattend.experiment.candidates import STAGE as SEARCH
from nni_autoattend.experiment.candidates import find_candidates, save_candidates
from nni_autoattend.experiment.entrants import entrants
from nni_autoattend.experiment.forecast_clock import PhaseClock
from nni_autoattend.experiment.forecast_run import ForecastedRun
from nni_autoattend.experiment.measuring import measure, save_found
from nni_autoattend.experiment.reporting import write_run_report
from nni_autoattend.experiment.retraining import retrain_all
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.trivial import measure_trivial
from nni_autoattend.history import History, Row, read_history
from nni_autoattend.journal import Journal
from nni_autoattend.progress import Observer

if TYPE_CHECKING:
    from nni_autoattend.strategy.candidates import Candidate

_IN_CHECKPOINT = "supernet"
"""Phase whose rows of the history come back with its checkpoint, which may be older than the table."""


def carry_out(
    folder: RunFolder,
    settings: RunSettings,
    splits: Any,
    deadline: Deadline,
    observer: Observer,
    candidates: Sequence[Candidate] = (),
) -> None:
    """Search (unless ``candidates`` are given), retrain, compare, save, report; finished work is not done again.

    The caller holds the lock of the folder.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    from nni_autoattend.datasets.by_modality import prepare
    from nni_autoattend.training.allocator import keep_freed_memory

    clock = PhaseClock(observer)
    forecasted = ForecastedRun(clock)
    keep_freed_memory()
    with torch_threads(settings.threads):
        if candidates and not folder.architectures.exists():
            save_candidates(folder, settings.space.genes, candidates)
        folder.checkpoints.mkdir(exist_ok=True)
        data = prepare(settings.data, splits, folder.checkpoints)
        journal, history = Journal(folder.journal), History(folder.history, _earlier_rows(folder))
        bench = Bench(folder, settings, data, journal, history, deadline, clock)
        forecasted.begin(bench, splits, len(candidates) or None)
        found = find_candidates(bench)
        _note_search(bench, len(found))
        trivial = measure_trivial(splits, min(settings.retrain.top_k, len(found)), bench)
        outcomes = retrain_all(entrants(bench, found), bench)
        save_found(outcomes[0], bench)
        measure(outcomes, trivial, bench)
        forecasted.end(bench)
        write_run_report(folder)
    folder.finish()
    _clear(folder)


def _earlier_rows(folder: RunFolder) -> list[Row]:
    searched = folder.architectures.exists()
    rows = read_history(folder.history)
    return [dict(row) for row in rows if searched or row["phase"] != _IN_CHECKPOINT]


def _note_search(bench: Bench, found: int) -> None:
    bench.notes.extend(note for note in bench.data.notes if note not in bench.notes)
    record = bench.journal.find(SEARCH, "end")
    if record is None:
        return
    for note in record.get("notes", ()):
        bench.note(note)
    if record["cut"]:
        bench.note("the budget ended the search; the architectures are the best so far")
    if found < bench.settings.retrain.top_k:
        asked = f"retrain.top_k asks for {bench.settings.retrain.top_k} tuning runs"
        setting = "strategy.search.finalists or, without, strategy.arguments.top_k"
        bench.note(f"{asked}, the search handed over {found} architectures (a supernet's: {setting})")


def _clear(folder: RunFolder) -> None:
    """Drop what only an unfinished run needs: a supernet of 24 layers alone takes half a gigabyte."""
    shutil.rmtree(folder.checkpoints, ignore_errors=True)
