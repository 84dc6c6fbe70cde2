"""Wall-clock budgets: parsed from words, divided into shares, asked at every step."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from nni_autoattend.errors import RecipeError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")


def parse_duration(text: str) -> float:
    """Return the seconds of ``90s``, ``30m``, ``1h30m``, ``2d``.

    Raises:
        RecipeError: the text is not a positive duration.
    """
    parts = _PART.findall(text.strip().lower())
    if not parts or _PART.sub("", text.strip().lower()).strip():
        raise RecipeError(f"{text!r} is not a duration; write for example 90s, 30m, 1h30m or 2d")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if seconds <= 0:
        raise RecipeError(f"a budget of {text!r} leaves no time; write for example 30m")
    return seconds


@dataclass(frozen=True)
class Deadline:
    """A moment after which work should end cleanly; ``at`` in seconds of ``clock``, ``None``: never."""

    at: float | None = None
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """Return the deadline ``seconds`` from now (``None``: never)."""
        return cls(None if seconds is None else clock() + seconds, clock)

    def remaining(self) -> float:
        """Return the seconds left, never negative, infinite without a deadline."""
        return float("inf") if self.at is None else max(0.0, self.at - self.clock())

    def expired(self) -> bool:
        """Tell whether the time is up."""
        return self.remaining() <= 0.0

    def share(self, fraction: float) -> "Deadline":
        """Return an earlier deadline: ``fraction`` of the time that is left from now."""
        return self if self.at is None else Deadline.after(self.remaining() * fraction, self.clock)
