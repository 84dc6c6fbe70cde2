"""A run and its forecast: made when the run begins, for a small part of its time, and compared when it is over."""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from typing import Any

from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.forecast_clock import PhaseClock
from nni_autoattend.experiment.forecast_comparison import told
from nni_autoattend.experiment.forecast_kept import KeptForecast, PhaseTook, Took, read_forecast, write_forecast
from nni_autoattend.experiment.forecast_memory import peak_resident, settle

_SECONDS, _SHARE, _LEAST_BUDGET = 15.0, 0.015, 60.0
"""What measuring is given: seconds, and a part of the run's budget, because it overruns; and the least such budget."""


class ForecastedRun:
    """What a run knows of its own forecast; made when the run begins, before its data are encoded.

    Args:
        clock: hears of all its phases.
    """

    def __init__(self, clock: PhaseClock) -> None:
        self._clock = clock
        self._peak_before = peak_resident()
        self._spent = 0.0

    def begin(self, bench: Bench, splits: Any, candidates: int | None) -> None:
        """Make the forecast and keep it; a run that goes on keeps the one it has.

        Args:
            bench: of the run.
            splits: what its data were made from.
            candidates: architectures that are there already; ``None``: they are searched.
        """
        prepared, started = self._clock.seconds, time.monotonic()
        kept = read_forecast(bench.folder)
        if kept is not None:
            kept = replace(kept, resumed=True)
        elif bench.journal.events or any(bench.folder.checkpoints.rglob("*.pt")):
            kept = KeptForecast(skipped="the run was begun without one", resumed=True)
        else:
            kept = _made(bench, splits, prepared, candidates)
        write_forecast(bench.folder, kept)
        for sentence in told(kept):
            bench.observer.say(sentence)
        self._spent = time.monotonic() - started

    def end(self, bench: Bench) -> None:
        """Keep what the run took."""
        kept = read_forecast(bench.folder)
        if kept is None or kept.resumed:
            return
        peak = peak_resident()
        is_own = peak is not None and self._peak_before is not None and peak > self._peak_before
        phases = tuple(PhaseTook(name, spent.seconds, spent.steps) for name, spent in self._clock.spent.items())
        took = Took(phases, self._clock.seconds - self._spent, peak if is_own else None)
        write_forecast(bench.folder, replace(kept, took=took))


def _made(bench: Bench, splits: Any, prepared: float, candidates: int | None) -> KeptForecast:
    from nni_autoattend.experiment.forecast_making import make_forecast

    budget = bench.settings.budget
    if budget is not None and budget < _LEAST_BUDGET:
        return KeptForecast(skipped=f"a budget below {_LEAST_BUDGET:.0f} s leaves no time to measure")
    seconds = _SECONDS if budget is None else min(_SECONDS, _SHARE * budget)
    try:
        forecast = make_forecast(
            bench.settings, splits, bench.data, seconds=seconds, prepared=prepared, found=candidates, is_strict=True
        )
    except DivergedError as error:  # the run will come to the same, and knows better what to save and say
        return KeptForecast(skipped=str(error))
    gc.collect()  # what was measured is no part of the run's memory
    settle()
    if forecast is None:
        return KeptForecast(skipped=f"measuring would have taken more than {seconds:.0f} s")
    return KeptForecast(forecast)
