"""The rows of a benchmark of searches: who is trained and what is measured, with the machinery of every run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from benchmarks._protocol import OTHER_SHARING
from benchmarks._searches import Searched
from nni_autoattend.architecture import Architecture
from nni_autoattend.baselines.by_modality import TRIVIAL
from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.compared import CONSISTENT
from nni_autoattend.experiment.entrants import Entrant, baseline, draw, searched, stand_alone
from nni_autoattend.experiment.measuring import measured
from nni_autoattend.experiment.results import Measured
from nni_autoattend.experiment.retraining import retrain_all
from nni_autoattend.experiment.trivial import measure_trivial
from nni_autoattend.modality import ModalityName
from nni_autoattend.published import SST5
from nni_autoattend.report.data import ResultKind

FOUND = "found"
RANDOM_COUNT = 5
BASELINES: dict[ModalityName, tuple[str, ...]] = {
    "text": ("text-cnn", "bigru-attention", "transformer"),
    "graph": ("gcn", "gat", "graphsage", "appnp", f"appnp{CONSISTENT}"),
}
"""The last one of graphs says what the found network's training is worth without a search."""
PUBLISHED = "published SST-5 architecture"


@dataclass(frozen=True)
class RowPlan:
    """A row before it is measured.

    Attributes:
        name, kind: of the row.
        search: name of the search whose architectures it trains; empty: none.
        measure: trains what is not trained yet; gives the pooled measurement and plain values of every training.
        trainings: how many trainings it takes, by what is trained: ``searched``, ``published``, or a baseline.
    """

    name: str
    kind: ResultKind
    search: str
    measure: Callable[[Bench, Any, Sequence[Searched]], Row]
    trainings: Callable[[Bench, int], dict[str, int]]


@dataclass(frozen=True)
class Row:
    """A measured row: what the table needs, and plain values of every training behind it."""

    measured: Measured
    trainings: tuple[dict[str, Any], ...]


def row_plans(modality: ModalityName = "text") -> list[RowPlan]:
    """Return all rows in the order they are measured and shown; the first is what the others are compared with."""
    sharing = OTHER_SHARING[modality]
    published = RowPlan(PUBLISHED, "baseline", "", _published, partial(_tuned_trainings, "published"))
    return [
        _searched_row(FOUND, "found", "autoattend"),
        *(_baseline_row(name) for name in BASELINES[modality]),
        *([published] if modality == "text" else []),
        RowPlan(TRIVIAL[modality], "trivial", "", _trivial, lambda *_: {}),
        _searched_row("random search, same wall time", "control", "random"),
        _searched_row(f"same search, sharing {sharing}", "control", f"sharing-{sharing}"),
        _searched_row("same search, untrained weights", "control", "untrained"),
        RowPlan(f"{RANDOM_COUNT} random architectures", "control", "", _random, lambda *_: {"searched": RANDOM_COUNT}),
    ]


def pooled(name: str, kind: ResultKind, entrants: Sequence[Entrant], bench: Bench) -> Row:
    """Train ``entrants`` and return one row of all their final trainings.

    Every final training counts as one seed: of several searches, or of several architectures, all trainings are
    resampled alike.

    Raises:
        DivergedError: none of them came to a score.
    """
    outcomes = [outcome for entrant in entrants for outcome in retrain_all([entrant], bench)]
    if not outcomes:
        raise DivergedError(f"{name}: no training had finite losses; try a smaller learning rate (--lr)")
    parts = [Row(measured(outcome, bench), tuple(asdict(one) for one in outcome.trainings)) for outcome in outcomes]
    return joined(name, kind, parts)


def joined(name: str, kind: ResultKind, parts: Sequence[Row]) -> Row:
    """Return one row of the trainings of all ``parts``; parameters are their mean."""
    of_parts = [part.measured for part in parts]
    total = Measured(
        name=name,
        kind=kind,
        parameters=round(sum(part.parameters or 0 for part in of_parts) / len(parts)),
        validation=tuple(value for part in of_parts for value in part.validation),
        cpu_seconds=sum(part.cpu_seconds for part in of_parts),
        predictions=tuple(seed for part in of_parts for seed in part.predictions),
    )
    return Row(total, tuple(training for part in parts for training in part.trainings))


def _searched_row(name: str, kind: ResultKind, search: str) -> RowPlan:
    def measure(bench: Bench, splits: Any, searches: Sequence[Searched]) -> Row:
        own = [done for done in searches if done.figures["name"] == search]
        entrants = [searched(done.entrant, kind, "candidate", done.architectures, bench) for done in own]
        return pooled(name, kind, entrants, bench)

    def trainings(bench: Bench, search_seeds: int) -> dict[str, int]:
        return {"searched": search_seeds * _tuned(bench)}

    return RowPlan(name, kind, search, measure, trainings)


def _baseline_row(name: str) -> RowPlan:
    def measure(bench: Bench, splits: Any, searches: Sequence[Searched]) -> Row:
        return pooled(name, "baseline", [baseline(name, bench.settings.retrain.top_k, bench)], bench)

    return RowPlan(name, "baseline", "", measure, partial(_tuned_trainings, name))


def _random(bench: Bench, splits: Any, searches: Sequence[Searched]) -> Row:
    """Train uniformly drawn architectures, each once: how good any network of the space is."""
    once = replace(bench, settings=replace(bench.settings, retrain=replace(bench.settings.retrain, seeds=1)))
    drawn = draw(bench.settings.space.genes, RANDOM_COUNT, bench.settings.seed)
    entrants = [searched(f"random {number}", "control", "draw", [one], once) for number, one in enumerate(drawn, 1)]
    return pooled(f"{RANDOM_COUNT} random architectures", "control", entrants, once)


def _published(bench: Bench, splits: Any, searches: Sequence[Searched]) -> Row:
    """Train the published architecture with the tuning runs of the baseline networks."""
    build = partial(stand_alone, published_architecture(bench), bench)
    ladder = baseline(BASELINES["text"][0], bench.settings.retrain.top_k, bench)
    variants = tuple(replace(variant, build=build) for variant in ladder.variants)
    return pooled(PUBLISHED, "baseline", [replace(ladder, name=PUBLISHED, variants=variants)], bench)


def published_architecture(bench: Bench) -> Architecture:
    """Return the published SST-5 architecture; its 24 layers need no space of 24 layers."""
    return replace(bench.settings.space.genes, layers=len(SST5)).from_published(SST5)


def _trivial(bench: Bench, splits: Any, searches: Sequence[Searched]) -> Row:
    return Row(measure_trivial(splits, bench.settings.retrain.top_k, bench), ())


def _tuned_trainings(name: str, bench: Bench, search_seeds: int) -> dict[str, int]:
    return {name: _tuned(bench)}


def _tuned(bench: Bench) -> int:
    """Return the trainings of one entrant: its tuning runs, one of which is the first seed, and the other seeds."""
    return bench.settings.retrain.top_k + bench.settings.retrain.seeds - 1
