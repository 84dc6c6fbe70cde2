"""How far off a forecast was, phase by phase; where a run was cut or resumed it says so and gives no percentage."""

from __future__ import annotations

from dataclasses import replace

from nni_autoattend.experiment.forecast import UNHEARD, Forecast, PhaseForecast
from nni_autoattend.experiment.forecast_kept import KeptForecast, Took
from nni_autoattend.report.cells import gib, off, seconds
from nni_autoattend.report.data import ForecastRow

_RESUMED = "the run was interrupted and resumed: what it took in all is not known"


def forecast_rows(kept: KeptForecast) -> tuple[ForecastRow, ...]:
    """Return a line for every phase, the total and the memory; none where there is no forecast."""
    forecast = kept.forecast
    if forecast is None:
        return ()
    phases = tuple(_phase(phase, kept.took) for phase in forecast.phases)
    rows = (*phases, _total(phases, kept.took), _memory(forecast, kept.took))
    return tuple(replace(row, remark="resumed") for row in rows) if kept.resumed else rows


def told(kept: KeptForecast) -> tuple[str, ...]:
    """Return the total and the memory as sentences: ``forecast 12 min 03 s, took 13 min 01 s (+8 %)``."""
    if kept.forecast is None:
        return (f"no forecast: {kept.skipped}",)
    *_, total, memory = forecast_rows(kept)
    limit = _limit(kept.forecast.budget, total.forecast)
    least = "at least " if kept.forecast.expected is None else ""
    time = f"forecast {least}{seconds(total.forecast)}{limit}"
    room = f"peak memory: forecast {gib(memory.forecast)}"
    if kept.resumed:
        return f"{time}; {_RESUMED}", room
    if kept.took is None:
        return time, room
    room = f"{room}, measured {gib(memory.measured)} ({memory.remark or off(memory.forecast, memory.measured)})"
    return f"{time}, took {seconds(total.measured)} ({total.remark or off(total.forecast, total.measured)})", room


def _limit(budget: float | None, forecast: float | None) -> str:
    """Return what stands behind the forecast; a part that needed less than was forecast was cut for nothing there."""
    if budget is None:
        return ""
    fits = (forecast or 0.0) <= budget
    return f" within the budget of {seconds(budget)}" if fits else f" of work (budget {seconds(budget)})"


def _phase(phase: PhaseForecast, took: Took | None) -> ForecastRow:
    row = ForecastRow(phase.name, "seconds", phase.seconds if phase.expected is None else phase.expected, None)
    if took is None:
        return row
    if phase.name == UNHEARD:
        return replace(row, measured=took.seconds - sum(heard.seconds for heard in took.phases))
    heard = took.phase(phase.name)
    done, measured = (0, 0.0) if heard is None else (heard.steps, heard.seconds)
    if phase.steps is None or phase.seconds is None:
        return replace(row, measured=measured, remark="not known before")
    if done >= phase.steps:  # also where a cut was forecast, which was then wrong
        return replace(row, forecast=phase.seconds, measured=measured)
    forecast = f"{phase.expected_steps} forecast" if phase.cut else "not forecast"
    return replace(row, measured=measured, remark=f"{done} of {phase.steps} {phase.unit}, {forecast}")


def _total(phases: tuple[ForecastRow, ...], took: Took | None) -> ForecastRow:
    row = ForecastRow("total", "seconds", sum(phase.forecast or 0.0 for phase in phases), None)
    if took is None:
        return row
    remark = ""
    if any(phase.remark for phase in phases):  # the budget ended some, or patience did
        remark = "not the steps that were forecast"
    if any(phase.forecast is None for phase in phases):
        remark = "a part was not known before"
    return replace(row, measured=took.seconds, remark=remark)


def _memory(forecast: Forecast, took: Took | None) -> ForecastRow:
    memory = forecast.memory
    row = ForecastRow("peak memory", "bytes", memory.total if memory else None, took.peak if took else None)
    if took is not None and took.peak is None:
        return replace(row, remark="not measured: the process had used more before")
    return row
