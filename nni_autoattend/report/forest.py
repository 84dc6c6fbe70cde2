"""Differences with their intervals as small drawings on one common scale: zero is the middle line."""

from collections.abc import Sequence

from nni_autoattend.report.cells import finite
from nni_autoattend.report.data import ResultRow

WIDTH, HEIGHT = 132.0, 14.0


def reach(results: Sequence[ResultRow]) -> float:
    """Return the largest distance from zero of any difference or bound (0: there is nothing to draw)."""
    values = (finite(value) for row in results for value in (row.difference, row.low, row.high))
    return max((abs(value) for value in values if value is not None), default=0.0)


def forest_svg(row: ResultRow, widest: float) -> str:
    """Return the drawing of one row on the scale ``-widest..widest``; empty where a value is missing."""
    middle, low, high = finite(row.difference), finite(row.low), finite(row.high)
    if middle is None or low is None or high is None or widest <= 0:
        return ""
    x, left, right = (WIDTH / 2 + value / widest * (WIDTH / 2 - 5) for value in (middle, low, high))
    return (
        f'<svg class="forest" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}" '
        f'aria-hidden="true"><path class="zero" d="M{WIDTH / 2:g} 0V{HEIGHT:g}"/>'
        f'<path class="span" d="M{left:.1f} {HEIGHT / 2:g}H{right:.1f}"/>'
        f'<circle cx="{x:.1f}" cy="{HEIGHT / 2:g}" r="3.2"/></svg>'
    )
