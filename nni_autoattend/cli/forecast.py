"""What ``search --dry-run`` prints: a forecast as a table."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from nni_autoattend.cli.output import columns, print_json, results_only

if TYPE_CHECKING:
    from nni_autoattend.experiment.forecast import Forecast, PhaseForecast
    from nni_autoattend.progress import Observer


def print_forecast(make: "Callable[[Observer], Forecast]", *, as_json: bool) -> None:
    """Make a forecast under the progress display and write it to standard output."""
    from nni_autoattend.cli.progress import observing

    with results_only(), observing() as observer:
        made = make(observer)
    if as_json:
        print_json(forecast_json(made))
    else:
        typer.echo("\n".join(lines(made)))


def forecast_json(forecast: "Forecast") -> dict[str, Any]:
    """Return what ``--json`` prints: the forecast with its sums; seconds and bytes."""
    totals = {"seconds": forecast.seconds, "expected": forecast.expected}
    return {**forecast.to_plain(), **totals, "peak_memory": forecast.memory.total if forecast.memory else None}


def lines(forecast: "Forecast") -> list[str]:
    """Return the lines of a forecast."""
    from nni_autoattend.report.cells import seconds

    return [
        _table(forecast),
        "",
        *_memory(forecast),
        f"measured     {forecast.measured} real steps, evaluations and fits in {seconds(forecast.took)}",
        *_budget(forecast),
        *(f"lever: {lever}" for lever in forecast.levers),
        *(f"note: {note}" for note in forecast.notes),
    ]


def _table(forecast: "Forecast") -> str:
    from nni_autoattend.report.cells import seconds

    known = forecast.seconds is not None
    needed = seconds(forecast.seconds) if known else f"at least {seconds(forecast.at_least)}"
    is_cut = any(phase.cut for phase in forecast.phases)
    gets = f"{seconds(forecast.expected)} within the budget" if is_cut and known else ""
    return columns([("phase", "steps", "needs", "remark"), *map(_row, forecast.phases), ("total", "", needed, gets)])


def _row(phase: "PhaseForecast") -> tuple[str, ...]:
    from nni_autoattend.report.cells import seconds

    steps = "" if not phase.unit else f"{'?' if phase.steps is None else f'{phase.steps:,}'} {phase.unit}"
    cut = f"cut after {seconds(phase.expected)}, {phase.expected_steps:,} {phase.unit}" if phase.cut else phase.remark
    return phase.name, steps, seconds(phase.seconds), cut


def _memory(forecast: "Forecast") -> list[str]:
    from nni_autoattend.report.cells import gib

    memory = forecast.memory
    if memory is None:
        return []
    parts = ("process", "weights", "gradients", "moments", "activations")
    told = ", ".join(f"{part} {gib(getattr(memory, part))}" for part in parts)
    return [f"peak memory  {gib(memory.total)} in {memory.phase}: {told}"]


def _budget(forecast: "Forecast") -> list[str]:
    from nni_autoattend.report.cells import seconds

    if forecast.budget is None:
        return []
    cut = [phase.name for phase in forecast.phases if phase.cut]
    told = f"cuts {', '.join(cut)}" if cut else "cuts nothing that is known"
    return [f"budget       {seconds(forecast.budget)}: {told}"]
