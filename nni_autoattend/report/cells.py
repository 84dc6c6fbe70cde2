"""Numbers as a reader sees them. A missing value is a dash, never a zero."""

import math

DASH = "\u2013"
MINUS = "\u2212"


def finite(value: object) -> float | None:
    """Return ``value`` (a number, or text of one as CSV files hold it) as a float; ``None`` if it is no finite one."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def percent(share: float | None) -> str:
    """Return a share in percent with two decimals, without the sign: ``41.23``."""
    number = finite(share)
    return DASH if number is None else f"{100 * number:.2f}".replace("-", MINUS)


def spread(mean: float | None, deviation: float | None, seeds: int) -> str:
    """Return ``mean ± deviation`` in percent; one seed has no deviation."""
    if finite(mean) is None:
        return DASH
    return f"{percent(mean)} ± {percent(deviation if seeds > 1 else None)}"


def points(difference: float | None) -> str:
    """Return a signed difference in percentage points: ``+1.25``."""
    number = finite(difference)
    return DASH if number is None else f"{100 * number:+.2f}".replace("-", MINUS)


def interval(low: float | None, high: float | None) -> str:
    """Return ``[low, high]`` in percentage points."""
    return DASH if finite(low) is None or finite(high) is None else f"[{points(low)}, {points(high)}]"


def count(number: int | None) -> str:
    """Return a whole number with separators: ``620,490``."""
    return DASH if number is None else f"{number:,}"


def seconds(duration: float | None) -> str:
    """Return a duration: ``8.4 s``, ``12 min 03 s``, ``1 h 05 min``."""
    number = finite(duration)
    if number is None:
        return DASH
    if number < 59.95:
        return f"{number:.1f} s"
    minutes, rest = divmod(round(number), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def gib(size: float | None) -> str:
    """Return bytes in GiB: ``1.24 GiB``."""
    number = finite(size)
    return DASH if number is None else f"{number / 1024**3:.2f} GiB"


def off(forecast: float | None, measured: float | None) -> str:
    """Return how much more than forecast was measured: ``+8 %``."""
    expected, found = finite(forecast), finite(measured)
    if expected is None or found is None or expected <= 0:
        return DASH
    return f"{100 * (found / expected - 1):+.0f} %".replace("-", MINUS)
