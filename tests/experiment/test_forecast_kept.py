from pathlib import Path

import pytest

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.forecast import Forecast, PhaseForecast
from nni_autoattend.experiment.forecast_kept import KeptForecast, PhaseTook, Took, read_forecast, write_forecast
from nni_autoattend.experiment.run_folder import RunFolder


def test_there_and_back(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert read_forecast(folder) is None
    forecast = Forecast((PhaseForecast("found", 1, "steps", 2.0),), None, None, 1.0, 3)
    for kept in (
        KeptForecast(skipped="no time"),
        KeptForecast(forecast, resumed=True),
        KeptForecast(forecast, took=Took((PhaseTook("found", 1.5, 1),), 2.0, None)),
    ):
        write_forecast(folder, kept)
        assert read_forecast(folder) == kept
    assert kept.took is not None and kept.took.phase("found") == PhaseTook("found", 1.5, 1)
    assert kept.took.phase("nobody") is None


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.forecast.write_text('{"forecast": {"phases": 3}}')
    with pytest.raises(RunFolderError, match=r"forecast\.json is damaged"):
        read_forecast(folder)
