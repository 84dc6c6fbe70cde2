import json
from dataclasses import replace

import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.experiment.forecast import Forecast, MemoryForecast, PhaseForecast

PHASES = (
    PhaseForecast("supernet", 100, "steps", 50.0, 20.0, 40),
    PhaseForecast("found", 10, "steps", 5.0, 5.0, 10),
)
FORECAST = Forecast(PHASES, MemoryForecast("supernet", 5, 4, 3, 2, 1), 60.0, 2.0, 9, ("a note",), ("a lever",))


def test_sums() -> None:
    assert (FORECAST.seconds, FORECAST.expected, FORECAST.at_least) == (55.0, 25.0, 55.0)
    assert FORECAST.memory is not None and FORECAST.memory.total == 15
    assert [phase.cut for phase in FORECAST.phases] == [True, False]
    assert FORECAST.phase("found") == PHASES[1] and FORECAST.phase("nobody") is None


def test_an_unknown_phase_makes_the_sums_unknown() -> None:
    forecast = replace(FORECAST, phases=(PhaseForecast("supernet", None, "steps", None), PHASES[1]))
    assert (forecast.seconds, forecast.expected, forecast.at_least) == (None, None, 5.0)
    assert not forecast.phases[0].cut


def test_json_there_and_back() -> None:
    assert Forecast.from_plain(json.loads(json.dumps(FORECAST.to_plain())), "here") == FORECAST
    with pytest.raises(RecipeError, match="here: unknown key 'weather'"):
        Forecast.from_plain({**FORECAST.to_plain(), "weather": 1}, "here")
