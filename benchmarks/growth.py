"""How the time of a supernet step and the peak of memory grow: with layers, width, text length, paths and data.

    python benchmarks/growth.py                 # writes results/growth.json
    python benchmarks/growth.py --table

One quantity is varied at a time around a base; every row is measured in a process of its own, so that its peak of
memory is its own. Started again, finished rows are not repeated.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks._command_line import answer, plain_parser
from benchmarks._growth_file import GrowthFile, table
from benchmarks._growth_process import Measure, in_process
from benchmarks._growth_rows import Point, Row
from nni_autoattend.progress import Observer

HERE = Path(__file__).resolve().parent
RESULT = "growth.json"

BASE = Point(layers=24, width=64, length=20, paths=4, texts=1000, batch_size=128, steps=5)
"""The published layers and width, about the length of SST's sentences; four paths, as small machines take."""
VARIED: dict[str, tuple[int, ...]] = {
    "layers": (4, 8, 16, 24),
    "width": (32, 64, 128),
    "length": (5, 10, 20, 40, 80),
    "paths": (1, 2, 4, 16),
    "texts": (500, 1000, 2000, 4000),
}
TOY = Point(layers=2, width=8, length=3, paths=2, texts=40, batch_size=8, steps=2)
TOY_VARIED: dict[str, tuple[int, ...]] = {"layers": (1, 2), "texts": (40, 80)}
"""With ``--toy``: everything that the benchmark does, at a size that says nothing."""


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    steps: int = BASE.steps
    threads: int = 1
    toy: bool = False
    results: Path = HERE / "results"
    command: str = ""


def rows(options: Options) -> list[Row]:
    """Return what is measured: the base once, under the first quantity that it belongs to."""
    base = TOY if options.toy else replace(BASE, steps=options.steps)
    planned: dict[Point, Row] = {}
    for name, values in (TOY_VARIED if options.toy else VARIED).items():
        for value in values:
            point = replace(base, **{name: value})
            planned.setdefault(point, Row(name, value, point))
    return list(planned.values())


def run(options: Options, observer: Observer, measure: Measure = in_process) -> Path:
    """Measure all rows and return the result file.

    Raises:
        AutoAttendError: a row cannot be measured, or the file is of another protocol; what was finished is kept.
    """
    planned = rows(options)
    file = GrowthFile(options.results / RESULT, planned, options.threads, options.command)
    observer.start("growth", len(planned), done=len(file.rows))
    for row in file.missing():
        file.add(row, measure(row.point, options.threads))
        observer.advance()
    observer.finish()
    return file.path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return answer(
        "growth",
        _parser(),
        arguments,
        lambda results: table(results / RESULT),
        lambda said, observer: run(Options(**said), observer),
    )


def _parser() -> argparse.ArgumentParser:
    parser = plain_parser(__doc__, Options)
    parser.add_argument("--steps", type=int, default=Options.steps, help="timed steps of a row; their median counts")
    parser.add_argument("--toy", action="store_true", help="toy size, for a look at how it works")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
