from dataclasses import replace

from nni_autoattend.experiment.forecast import Forecast, MemoryForecast, PhaseForecast
from nni_autoattend.experiment.forecast_comparison import forecast_rows, told
from nni_autoattend.experiment.forecast_kept import KeptForecast, PhaseTook, Took
from nni_autoattend.report.cells import MINUS, off

GIB = 1024**3
FORECAST = Forecast(
    phases=(
        PhaseForecast("supernet", 100, "steps", 600.0, 600.0, 100),
        PhaseForecast("found", 10, "steps", 100.0, 100.0, 10),
        PhaseForecast("other", None, "", 20.0, 20.0),
    ),
    memory=MemoryForecast("supernet", GIB, 0, 0, 0, GIB),
    budget=None,
    took=1.0,
    measured=9,
)
TOOK = Took((PhaseTook("supernet", 660.0, 100), PhaseTook("found", 90.0, 10)), 780.0, 3 * GIB)
KEPT = KeptForecast(FORECAST, took=TOOK)


def test_how_far_off_every_phase_was() -> None:
    rows = {row.name: row for row in forecast_rows(KEPT)}
    assert list(rows) == ["supernet", "found", "other", "total", "peak memory"]
    shown = {name: off(row.forecast, row.measured) for name, row in rows.items()}
    assert shown == {
        "supernet": "+10 %",
        "found": f"{MINUS}10 %",
        "other": "+50 %",
        "total": "+8 %",
        "peak memory": "+50 %",
    }
    assert rows["other"].measured == 30.0
    assert not any(row.remark for row in rows.values())
    assert told(KEPT) == (
        "forecast 12 min 00 s, took 13 min 00 s (+8 %)",
        "peak memory: forecast 2.00 GiB, measured 3.00 GiB (+50 %)",
    )


def test_a_cut_is_told_instead_of_a_percentage() -> None:
    cut = replace(FORECAST.phases[0], expected=300.0, expected_steps=50)
    forecast = replace(FORECAST, budget=500.0, phases=(cut, *FORECAST.phases[1:]))
    took = Took((PhaseTook("supernet", 310.0, 47), PhaseTook("found", 50.0, 5)), 480.0, GIB)
    rows = {row.name: row for row in forecast_rows(KeptForecast(forecast, took=took))}
    assert (rows["supernet"].forecast, rows["supernet"].remark) == (300.0, "47 of 100 steps, 50 forecast")
    assert rows["found"].remark == "5 of 10 steps, not forecast"
    assert (rows["total"].forecast, rows["total"].remark) == (420.0, "not the steps that were forecast")
    assert told(KeptForecast(forecast, took=took))[0] == (
        "forecast 7 min 00 s within the budget of 8 min 20 s, took 8 min 00 s (not the steps that were forecast)"
    )


def test_a_cut_that_did_not_come_is_measured_by_the_whole() -> None:
    cut = replace(FORECAST.phases[0], expected=300.0, expected_steps=50)
    forecast = replace(FORECAST, budget=900.0, phases=(cut, *FORECAST.phases[1:]))
    rows = {row.name: row for row in forecast_rows(KeptForecast(forecast, took=TOOK))}
    assert (rows["supernet"].forecast, rows["supernet"].remark) == (600.0, "")
    assert " within the budget of 15 min 00 s, took" in told(KeptForecast(forecast, took=TOOK))[0]
    tight = KeptForecast(replace(forecast, budget=500.0), took=TOOK)
    assert told(tight)[0].startswith("forecast 12 min 00 s of work (budget 8 min 20 s), took ")
    assert (rows["total"].forecast, rows["total"].remark) == (720.0, "")


def test_fewer_steps_without_a_budget() -> None:
    took = replace(TOOK, phases=(PhaseTook("supernet", 60.0, 9),))
    rows = {row.name: row for row in forecast_rows(KeptForecast(FORECAST, took=took))}
    assert rows["supernet"].remark == "9 of 100 steps, not forecast"
    assert (rows["found"].measured, rows["found"].remark) == (0.0, "0 of 10 steps, not forecast")
    assert rows["total"].remark == "not the steps that were forecast"


def test_what_was_not_known() -> None:
    unknown = PhaseForecast("supernet", None, "steps", None)
    forecast = replace(FORECAST, phases=(unknown, *FORECAST.phases[1:]), memory=None)
    rows = {row.name: row for row in forecast_rows(KeptForecast(forecast, took=TOOK))}
    assert (rows["supernet"].measured, rows["supernet"].remark) == (660.0, "not known before")
    assert rows["total"].remark == "a part was not known before"
    assert told(KeptForecast(forecast))[0] == "forecast at least 2 min 00 s"


def test_a_resumed_run_is_not_compared() -> None:
    kept = KeptForecast(FORECAST, resumed=True)
    assert {row.remark for row in forecast_rows(kept)} == {"resumed"}
    assert told(kept)[0] == (
        "forecast 12 min 00 s; the run was interrupted and resumed: what it took in all is not known"
    )


def test_memory_that_the_process_had_used_before() -> None:
    kept = KeptForecast(FORECAST, took=replace(TOOK, peak=None))
    assert told(kept)[1].endswith("(not measured: the process had used more before)")


def test_before_the_run_is_over_and_without_a_forecast() -> None:
    assert told(KeptForecast(FORECAST)) == ("forecast 12 min 00 s", "peak memory: forecast 2.00 GiB")
    skipped = KeptForecast(skipped="no time")
    assert (told(skipped), forecast_rows(skipped)) == (("no forecast: no time",), ())
