"""Making a forecast: what is counted times what is measured. The run's generators and files are not touched."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import FOUND, Entrant, draw, entrants
from nni_autoattend.experiment.finalists import PHASE as FINALISTS
from nni_autoattend.experiment.forecast import UNHEARD, Forecast, PhaseForecast
from nni_autoattend.experiment.forecast_budget import under_budget
from nni_autoattend.experiment.forecast_costs import DRAWS, RunCost, import_everything, measure_run
from nni_autoattend.experiment.forecast_counts import (
    Counted,
    batches,
    comparing_counts,
    found_at_most,
    search_counts,
    training_counts,
)
from nni_autoattend.experiment.forecast_levers import levers
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.simplification import PHASE as SIMPLIFICATION

if TYPE_CHECKING:
    from nni_autoattend.datasets.by_modality import PreparedData
    from nni_autoattend.datasets.loader import Part
    from nni_autoattend.strategy.candidates import Candidate


def make_forecast(
    settings: RunSettings,
    splits: Any,
    data: PreparedData,
    *,
    seconds: float,
    prepared: float = 0.0,
    found: int | None = None,
    is_strict: bool = False,
) -> Forecast | None:
    """Measure and count what a run of ``settings`` on ``data`` will take.

    Args:
        settings: of the run.
        splits: what ``data`` was made from.
        data: encoded.
        seconds: measuring takes about so long; the least that tells anything is always measured.
        prepared: seconds that reading and encoding the data took.
        found: architectures that are there already, which makes it a retraining; ``None``: they are searched.
        is_strict: return ``None`` where building a supernet alone would take longer than ``seconds``.
    """
    is_searched = found is None
    import_everything(settings, is_searched=is_searched)
    started = time.perf_counter()
    with untouched_generators():
        bench = Bench(RunFolder(Path()), settings, data)
        rows = entrants(bench, _stand_ins(settings, found_at_most(settings.strategy) if found is None else found))
        cost = measure_run(rows, bench, splits, seconds, is_searched=is_searched, is_strict=is_strict)
    if cost is None:
        return None
    phases = _phases(rows, cost, bench, prepared, is_searched=is_searched)
    trainings = training_counts(rows, settings, bench.data)
    phases = under_budget(phases, trainings, settings)
    return Forecast(
        phases=phases,
        memory=cost.memory,
        budget=settings.budget,
        took=time.perf_counter() - started,
        measured=cost.measured,
        notes=_notes(phases, cost, settings.retrain.patience, is_searched=is_searched),
        levers=levers(phases, trainings, settings, cost.memory),
    )


@contextmanager
def untouched_generators() -> Iterator[None]:
    """Put every random generator back where it stood before the block."""
    from nni_autoattend.training.checkpoint import random_states, restore_random_states

    states = random_states()
    try:
        yield
    finally:
        restore_random_states(states)


def _stand_ins(settings: RunSettings, count: int) -> list[Candidate]:
    from nni_autoattend.strategy.candidates import Candidate

    drawn = draw(settings.space.genes, min(settings.retrain.top_k, count), settings.seed)
    return [Candidate(architecture, 0.0) for architecture in drawn]


def _phases(
    rows: Sequence[Entrant], cost: RunCost, bench: Bench, prepared: float, *, is_searched: bool
) -> tuple[PhaseForecast, ...]:
    settings, data = bench.settings, bench.data
    trainings = training_counts(rows, settings, data)
    trivial, test = comparing_counts(trainings, settings.space.modality)
    tested = (cost.rows[row.name].build + cost.rows[row.name].scoring(data.test) for row in rows)
    built = cost.search.build if cost.search else 0.0
    return (
        *(_searched(counted, cost, bench) for counted in (search_counts(settings, data) if is_searched else ())),
        _phase(trivial, cost.fit * (trivial.steps or 0)),
        *(
            PhaseForecast(row.name, row.steps, "steps", row.count * _alone(row.name, cost, data.selection, bench))
            for row in trainings
        ),
        _phase(test, settings.retrain.seeds * sum(tested)),
        PhaseForecast(UNHEARD, None, "", prepared + built, remark="reading the data, building"),
    )


def _phase(counted: Counted, seconds: float | None) -> PhaseForecast:
    return PhaseForecast(counted.name, counted.steps, counted.unit, seconds, remark=counted.remark)


def _searched(counted: Counted, cost: RunCost, bench: Bench) -> PhaseForecast:
    if counted.name in (FINALISTS, SIMPLIFICATION):
        each = _alone(FOUND, cost, bench.data.search, bench)
        return _phase(counted, (counted.steps or 0) * each)
    if cost.search is None or counted.steps is None:
        return _phase(counted, None)
    trains = counted.name in ("supernet", "trials")
    return _phase(counted, cost.search.training if trains else cost.search.evaluation * counted.steps)


def _alone(name: str, cost: RunCost, scored: Part, bench: Bench) -> float:
    """Return the seconds of one training of a row."""
    retrain, network = bench.settings.retrain, cost.rows[name]
    epoch = batches(bench.data.train, retrain.training()) * network.step + network.scoring(scored)
    return network.build + retrain.epochs * epoch


def _notes(
    phases: Sequence[PhaseForecast], cost: RunCost, patience: int | None, *, is_searched: bool
) -> tuple[str, ...]:
    notes = list(cost.search.notes) if cost.search else []
    if is_searched:
        notes.append(f"{DRAWS} random architectures stand for the found one")
    if patience is not None:
        notes.append(f"retraining ends after {patience} epochs without a better one: its time is an upper bound")
    if any(phase.seconds is None for phase in phases):
        notes.append("time and memory of the search are not known: the total is that of the rest")
    return tuple(notes)
