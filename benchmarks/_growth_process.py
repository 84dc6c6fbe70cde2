"""A row of the growth benchmark in a process of its own: ``python -m benchmarks._growth_process THREADS JSON``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks._growth_rows import Point, measure_row
from nni_autoattend.errors import AutoAttendError

Measure = Callable[[Point, int], dict[str, Any]]
"""Measures a point with so many threads and returns its figures."""


def in_process(point: Point, threads: int) -> dict[str, Any]:
    """Measure ``point`` in a fresh process, whose peak of memory is that of the row alone.

    Raises:
        AutoAttendError: the process failed; its last line says why.
    """
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-W", "ignore", "-m", __name__, str(threads), json.dumps(asdict(point))]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise AutoAttendError(f"{point} could not be measured: {told[-1]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main(arguments: Sequence[str]) -> None:
    """Measure and write the figures to standard output; what libraries print there goes to standard error."""
    threads, point = arguments
    with redirect_stdout(sys.stderr):
        figures = measure_row(Point(**json.loads(point)), int(threads))
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
