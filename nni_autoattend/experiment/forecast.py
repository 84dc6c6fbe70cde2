"""What a run will take: a forecast as plain values, one line per phase. How it is made: ``forecast_making.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nni_autoattend.schema import read, to_plain

GIB = 1024**3
UNHEARD = "other"
"""Name of the phase of everything that no observer hears of: reading the data, building, saving, the report."""


@dataclass(frozen=True)
class PhaseForecast:
    """One phase of a run, named as its observer hears it; the trainings of one entrant are one phase.

    Attributes:
        name: ``supernet``, ``evolution``, ``second stage``, ``finalists``, ``simplification``, ``trials``, ``test``,
            ``other``, or a row of the table.
        steps: steps that an observer counts, ``None`` where nobody knows before.
        unit: what a step is (``steps``, ``evaluations``, ``trainings``, ``trials``, ``fits``, ``networks``).
        seconds: what the whole phase needs, ``None`` where nobody knows before.
        expected: what it will get: less than ``seconds`` where the budget cuts it.
        expected_steps: steps that fit into ``expected``.
        remark: what a reader must know.
    """

    name: str
    steps: int | None
    unit: str
    seconds: float | None
    expected: float | None = None
    expected_steps: int | None = None
    remark: str = ""

    @property
    def cut(self) -> bool:
        """Whether the budget ends it early."""
        return self.seconds is not None and self.expected is not None and self.expected < self.seconds


@dataclass(frozen=True)
class MemoryForecast:
    """The largest resident memory of the process, in bytes, and what it is made of.

    Attributes:
        phase: when it is reached.
        process: interpreter, libraries and data.
        weights: parameters.
        gradients: of the weights that one step touches.
        moments: Adam's two, of all weights that the training will have touched in the end.
        activations: what one step on the largest batch holds beyond these.
    """

    phase: str
    process: int
    weights: int
    gradients: int
    moments: int
    activations: int

    @property
    def total(self) -> int:
        """The sum."""
        return self.process + self.weights + self.gradients + self.moments + self.activations


@dataclass(frozen=True)
class Forecast:
    """What a run will take on this machine as busy as it is now.

    Attributes:
        phases: in the order of the run.
        memory: peak; ``None`` on systems that do not tell.
        budget: wall-clock seconds of the run, ``None``: no limit.
        took: seconds that measuring took.
        measured: real steps, evaluations and fits that were timed.
        notes: what is not known, or was scaled from less.
        levers: what would make a cut phase fit.
    """

    phases: tuple[PhaseForecast, ...]
    memory: MemoryForecast | None
    budget: float | None
    took: float
    measured: int
    notes: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()

    @property
    def seconds(self) -> float | None:
        """What everything needs; ``None`` where a phase is not known."""
        known = [phase.seconds for phase in self.phases if phase.seconds is not None]
        return sum(known) if len(known) == len(self.phases) else None

    @property
    def expected(self) -> float | None:
        """What everything will take under the budget; ``None`` where a phase is not known."""
        known = [phase.expected for phase in self.phases if phase.expected is not None]
        return sum(known) if len(known) == len(self.phases) else None

    @property
    def at_least(self) -> float:
        """Seconds of the phases that are known."""
        return sum(phase.seconds for phase in self.phases if phase.seconds is not None)

    def phase(self, name: str) -> PhaseForecast | None:
        """Return the phase ``name``."""
        return next((phase for phase in self.phases if phase.name == name), None)

    def to_plain(self) -> dict[str, Any]:
        """Return the forecast as JSON values."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_plain(cls, value: Mapping[str, Any], where: str) -> Forecast:
        """Read what ``to_plain`` gave.

        Raises:
            RecipeError: a key or a value is not of a forecast.
        """
        return read(cls, value, where)
