"""The search of a run and what it leaves: ``architectures.jsonl`` (all that it hands over) and ``best.json``."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nni_autoattend.architecture import Architecture
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.searching import search_candidates
from nni_autoattend.files import read_json_lines, write_json, write_text
from nni_autoattend.genes import Genes

if TYPE_CHECKING:
    from nni_autoattend.strategy.candidates import Candidate

STAGE = "search"


def find_candidates(bench: Bench) -> list[Candidate]:
    """Return the candidates of the run, best first; a search that is over is not done again.

    Raises:
        AutoAttendError: the search found nothing.
    """
    if not bench.folder.architectures.exists():
        save_candidates(bench.folder, bench.settings.space.genes, _search(bench))
    return read_candidates(bench.folder)


def save_candidates(folder: RunFolder, genes: Genes, candidates: Sequence[Candidate]) -> None:
    """Write ``best.json`` and then ``architectures.jsonl``, whose presence says that the search is over."""
    best = candidates[0]
    save_best(folder, genes, best, "best fitness of the search; not yet chosen on the selection half")
    records = (
        {"rank": rank, "fitness": candidate.fitness, **_described(genes, candidate.architecture)}
        for rank, candidate in enumerate(candidates, start=1)
    )
    write_text(folder.architectures, "".join(json.dumps(record) + "\n" for record in records))


def save_best(folder: RunFolder, genes: Genes, candidate: Candidate, chosen_by: str) -> None:
    """Write ``best.json``."""
    described = _described(genes, candidate.architecture)
    write_json(folder.best, {"chosen_by": chosen_by, "fitness": candidate.fitness, **described})


def read_candidates(folder: RunFolder) -> list[Candidate]:
    """Return what ``save_candidates`` wrote.

    Raises:
        RunFolderError: the file is damaged.
    """
    from nni_autoattend.strategy.candidates import Candidate

    records = read_json_lines(folder.architectures)
    return [Candidate(Architecture.from_json(record["architecture"]), float(record["fitness"])) for record in records]


def _described(genes: Genes, architecture: Architecture) -> dict[str, object]:
    return {"architecture": architecture.to_json(), "published": genes.to_published(architecture)}


def _search(bench: Bench) -> list[Candidate]:
    from nni_autoattend.strategy.context import SearchContext

    settings = bench.settings
    context = SearchContext(
        folder=bench.folder.path,
        seed=settings.seed,
        deadline=bench.deadline.share(settings.strategy.search.share),
        observer=bench.observer,
        journal=bench.journal,
        history=bench.history,
        checkpoint_minutes=settings.strategy.search.checkpoint_minutes,
    )
    resumed = bool(bench.journal.events) or any(bench.folder.checkpoints.glob("*.pt"))
    started, cpu_started = time.monotonic(), time.process_time()
    candidates = search_candidates(settings, bench.data, context)
    bench.history.write()
    if not candidates:
        raise AutoAttendError("the search found no architecture; give it more trials, epochs or time")
    seconds, cpu_seconds = time.monotonic() - started, time.process_time() - cpu_started
    ended = {"cut": context.deadline.expired(), "notes": context.notes}
    bench.journal.record(STAGE, "end", seconds=seconds, cpu_seconds=cpu_seconds, resumed=resumed, **ended)
    return candidates
