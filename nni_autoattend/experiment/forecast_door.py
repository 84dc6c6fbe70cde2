"""The Python door of forecasts: what a search would take, without beginning it."""

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nni_autoattend.datasets.by_modality import load_splits
from nni_autoattend.experiment.bench import torch_threads
from nni_autoattend.experiment.forecast import Forecast
from nni_autoattend.experiment.forecast_making import make_forecast
from nni_autoattend.experiment.own_classes import check_classes
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.modality import AnyDataSettings
from nni_autoattend.progress import Observer, SilentObserver
from nni_autoattend.settings import RetrainSettings

_SECONDS = 25.0
"""About what measuring takes; importing the libraries and reading the data comes on top."""


def forecast(
    space: str | Path | None = None,
    strategy: str | Path = "autoattend-2core",
    data: Mapping[str, Any] | AnyDataSettings | None = None,
    retrain: Mapping[str, Any] | RetrainSettings | None = None,
    budget: str | float | None = None,
    seed: int = 0,
    threads: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    observer: Observer | None = None,
) -> Forecast:
    """Tell how long ``search`` with the same arguments would take, phase by phase, and how much memory.

    The data are read, everything that the run would train is built and takes a few real steps on batches of several
    lengths, and the rest is counted. No run folder is made and nothing is kept.

    Raises:
        AutoAttendError: a choice or the data cannot be used.
    """
    settings = resolve_settings(space, strategy, data, retrain, budget, seed, threads, overrides)
    started = time.monotonic()
    splits = load_splits(settings.data)
    check_classes(settings)

    from nni_autoattend.datasets.by_modality import prepare

    with torch_threads(settings.threads), TemporaryDirectory() as folder:
        encoded = prepare(settings.data, splits, Path(folder))
        prepared = time.monotonic() - started
        (observer or SilentObserver()).say(f"timing some real steps, about {_SECONDS:.0f} s")
        made = make_forecast(settings, splits, encoded, seconds=_SECONDS, prepared=prepared)
    if made is None:
        raise AssertionError("only a strict forecast gives up")
    return made
