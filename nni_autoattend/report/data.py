"""What a report shows: plain values that the experiment gathers; nothing here is computed or guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nni_autoattend.architecture import Architecture

ResultKind = Literal["found", "baseline", "control", "trivial"]


@dataclass(frozen=True)
class ResultRow:
    """One line of the results table. Scores are shares in [0, 1]; ``None`` or NaN is shown as a dash.

    Attributes:
        name: the network's name.
        kind: what it is there for.
        parameters: trainable parameters without the embedding; ``None`` where the notion does not apply.
        validation: score on the selection half of validation.
        test_mean: mean test score over the seeds.
        test_std: standard deviation over the seeds; shown from two seeds on.
        seeds: trainings behind the mean.
        cpu_seconds: CPU time of all its trainings, tuning included.
        difference: test score of the found network minus this one's.
        low, high: interval of the difference.
        verdict: ``beats``, ``equal`` or ``loses``, said of the found network against this row; empty: not compared.
    """

    name: str
    kind: ResultKind
    parameters: int | None
    validation: float | None
    test_mean: float | None
    test_std: float | None
    seeds: int
    cpu_seconds: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = ""


@dataclass(frozen=True)
class ForecastRow:
    """What was forecast of a phase, of the whole run, or of its memory, and what it came to.

    Attributes:
        name: the phase.
        unit: of both values.
        forecast: made when the run began; ``None``: not known before.
        measured: ``None``: not known.
        remark: why the two must not be compared; empty: how far off the forecast was is told.
    """

    name: str
    unit: Literal["seconds", "bytes"]
    forecast: float | None
    measured: float | None
    remark: str = ""


@dataclass(frozen=True)
class FinalistRow:
    """A finalist of a search on a supernet, or a simpler network that was tried after it.

    Scores and loss are those on the search half of validation.

    Attributes:
        architecture: what it computes.
        supernet: a finalist's fitness with inherited weights; ``None``: it was only trained alone.
        score, loss: of its best epoch when it was trained alone; ``None``: its losses were not finite.
        fitness: what they make together, by what the search judges by; likewise.
    """

    architecture: Architecture
    supernet: float | None
    score: float | None = None
    loss: float | None = None
    fitness: float | None = None


@dataclass(frozen=True)
class LabelRow:
    """What the saved model says of one of several labels, in test items.

    Attributes:
        name: the label.
        present: those that have it.
        found: those that are said to.
        right: those of which both are true.
    """

    name: str
    present: int
    found: int
    right: int


@dataclass(frozen=True)
class ReportData:
    """Everything that a report is made of.

    Attributes:
        title: heading of the page.
        command: the shell command that repeats the run.
        settings: the resolved recipes and blocks as plain values.
        architecture: the found architecture.
        operations: edge operations that the space offered.
        history: rows of ``history.csv`` (text or numbers); those of phase ``supernet`` are drawn.
        evaluations: finished evaluations in their order, each with ``fitness`` and ``stage``.
        results: the found network and what it is compared with.
        confusion: test counts (true label, predicted label) of the saved model; empty when not measured, or where an
            item may have several labels.
        by_label: what is shown instead where it may.
        labels: names of the classes, in the order of ``confusion``.
        metric: name of the score.
        environment: package or machine -> version.
        notes: sentences for the reader.
        forecast: what was forecast, and what it came to.
        forecast_told: the same of the whole run, in sentences.
        interval: what ``low`` and ``high`` of the results are.
        ends: what stands before the first layer and after the last one, in the drawing.
        counted: a remark on the number of parameters.
        fitness: name of what the search maximised, where that is not the score.
        finalists: architectures of a search on a supernet that it trained alone.
    """

    title: str
    command: str
    settings: Mapping[str, Any]
    architecture: Architecture
    operations: tuple[str, ...]
    history: Sequence[Mapping[str, object]]
    evaluations: Sequence[Mapping[str, object]]
    results: Sequence[ResultRow]
    confusion: Sequence[Sequence[int]]
    labels: Sequence[str]
    metric: str
    environment: Mapping[str, str]
    notes: Sequence[str]
    forecast: Sequence[ForecastRow] = ()
    forecast_told: Sequence[str] = ()
    interval: str = "95 % interval, paired bootstrap over test items and seeds"
    ends: tuple[str, str] = ("stem", "head")
    counted: str = ""
    fitness: str = ""
    finalists: Sequence[FinalistRow] = ()
    by_label: Sequence[LabelRow] = ()
