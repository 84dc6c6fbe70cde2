"""``forecast.json`` of a run folder: what was forecast when the run began, and what it then took."""

from __future__ import annotations

from dataclasses import dataclass

from nni_autoattend.errors import RecipeError, RunFolderError
from nni_autoattend.experiment.forecast import Forecast
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.files import write_json
from nni_autoattend.schema import read, to_plain


@dataclass(frozen=True)
class PhaseTook:
    """What a phase took; it is named as in the forecast."""

    name: str
    seconds: float
    steps: int


@dataclass(frozen=True)
class Took:
    """What a run took.

    Attributes:
        phases: those that an observer heard of.
        seconds: wall clock of everything but forecasting.
        peak: largest resident memory of the process in bytes; ``None`` where the process had used more before the run,
            or the system does not tell.
    """

    phases: tuple[PhaseTook, ...]
    seconds: float
    peak: int | None

    def phase(self, name: str) -> PhaseTook | None:
        """Return the phase ``name``."""
        return next((phase for phase in self.phases if phase.name == name), None)


@dataclass(frozen=True)
class KeptForecast:
    """What the file holds.

    Attributes:
        forecast: made when the run began.
        skipped: why there is none.
        resumed: the run was interrupted, and its last process knows its own part only.
        took: ``None`` before the run is over.
    """

    forecast: Forecast | None = None
    skipped: str = ""
    resumed: bool = False
    took: Took | None = None


def write_forecast(folder: RunFolder, kept: KeptForecast) -> None:
    """Write the file."""
    write_json(folder.forecast, to_plain(kept))


def read_forecast(folder: RunFolder) -> KeptForecast | None:
    """Return what the file holds; ``None`` where there is none.

    Raises:
        RunFolderError: it is damaged.
    """
    if not folder.forecast.exists():
        return None
    try:
        return read(KeptForecast, read_json(folder.forecast), str(folder.forecast))
    except RecipeError as error:
        raise RunFolderError(f"{folder.forecast} is damaged: {error}") from error
