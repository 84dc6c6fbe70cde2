"""Search the best attention architecture for your own data, with Microsoft NNI.

    from nni_autoattend import search

    run = search(data={"train": "mine.csv"}, budget="30m")
    print(run.best, run.results)
    run.predict(["a new text"])

Names are imported when they are first used: importing the package imports neither torch nor nni.
"""

from typing import TYPE_CHECKING, Any

from nni_autoattend.errors import AutoAttendError

if TYPE_CHECKING:
    from nni_autoattend.architecture import Architecture
    from nni_autoattend.datasets.tasks import task_names
    from nni_autoattend.experiment.door import open_run, resume, search
    from nni_autoattend.experiment.forecast import Forecast
    from nni_autoattend.experiment.forecast_door import forecast
    from nni_autoattend.experiment.listing import RunSummary, list_runs
    from nni_autoattend.experiment.run import Run
    from nni_autoattend.network.classifier import Prediction, TextClassifier
    from nni_autoattend.network.saved import load_model
    from nni_autoattend.progress import Observer
    from nni_autoattend.settings import DataSettings, RetrainSettings

_HOMES = {
    "Architecture": "architecture",
    "DataSettings": "settings",
    "Forecast": "experiment.forecast",
    "Observer": "progress",
    "Prediction": "network.classifier",
    "RetrainSettings": "settings",
    "Run": "experiment.run",
    "RunSummary": "experiment.listing",
    "TextClassifier": "network.classifier",
    "forecast": "experiment.forecast_door",
    "list_runs": "experiment.listing",
    "load_model": "network.saved",
    "open_run": "experiment.door",
    "resume": "experiment.door",
    "search": "experiment.door",
    "task_names": "datasets.tasks",
}
"""Name -> module that it is imported from (PEP 562)."""

__all__ = [
    "Architecture",
    "AutoAttendError",
    "DataSettings",
    "Forecast",
    "Observer",
    "Prediction",
    "RetrainSettings",
    "Run",
    "RunSummary",
    "TextClassifier",
    "forecast",
    "list_runs",
    "load_model",
    "open_run",
    "resume",
    "search",
    "task_names",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("nni-autoattend")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
