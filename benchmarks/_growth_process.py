"""A row of the growth benchmark in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks._growth_rows import Point, measure_row
from benchmarks._own_process import in_own_process

Measure = Callable[[Point, int], dict[str, Any]]
"""Measures a point with so many threads and returns its figures."""


def in_process(point: Point, threads: int) -> dict[str, Any]:
    """Measure ``point`` in a fresh process, whose peak of memory is that of the row alone.

    Raises:
        AutoAttendError: the process failed; its last line says why.
    """
    return in_own_process(f"{__name__}:measure_plain", [asdict(point), threads], str(point))


def measure_plain(point: Mapping[str, int], threads: int) -> dict[str, Any]:
    """Measure a point given as plain values."""
    return measure_row(Point(**point), threads)
