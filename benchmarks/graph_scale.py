"""How the time of a training step and its memory grow with the edges of a graph.

    python benchmarks/graph_scale.py                 # writes results/graph_scale.json
    python benchmarks/graph_scale.py --table

Generated graphs of 10^4 to 10^6 edges, a uniformly drawn architecture of space ``autoattend-graph``, training on the
whole graph. Every row is measured in a process of its own, so that its peak of memory is its own. Started again,
finished rows are not repeated.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._command_line import answer, plain_parser
from benchmarks._graph_scale_rows import ScalePoint, in_process
from benchmarks._rows_file import RowsFile
from nni_autoattend.progress import Observer

HERE = Path(__file__).resolve().parent
RESULT = "graph_scale.json"
EDGES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
TOY_EDGES = (1_000, 3_000)
"""With ``--toy``: everything that the benchmark does, at a size that says nothing."""

Measure = Callable[[ScalePoint, int], dict[str, Any]]


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    architectures: int = 1
    steps: int = 5
    threads: int = 1
    toy: bool = False
    results: Path = HERE / "results"
    command: str = ""


def points(options: Options) -> list[ScalePoint]:
    """Return what is measured, the smallest graphs first."""
    sizes = TOY_EDGES if options.toy else EDGES
    return [ScalePoint(edges, drawn, options.steps) for edges in sizes for drawn in range(options.architectures)]


def run(options: Options, observer: Observer, measure: Measure = in_process) -> Path:
    """Measure all rows and return the result file.

    Raises:
        AutoAttendError: a row cannot be measured, or the file is of another protocol; what was finished is kept.
    """
    planned = points(options)
    file = RowsFile(options.results / RESULT, planned, options.threads, options.command)
    missing = file.missing()
    observer.start("scale", len(planned), done=len(planned) - len(missing))
    for point in missing:
        file.add(point, measure(point, options.threads))
        observer.advance()
    observer.finish()
    return file.path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return answer("graph_scale", _parser(), arguments, _table, lambda said, observer: run(Options(**said), observer))


def _table(results: Path) -> str:
    from benchmarks._graph_scale_output import table

    return table(results / RESULT)


def _parser() -> argparse.ArgumentParser:
    parser = plain_parser(__doc__, Options)
    parser.add_argument("--architectures", type=int, default=Options.architectures, help="drawn, each on every graph")
    parser.add_argument("--steps", type=int, default=Options.steps, help="timed steps of a row; their median counts")
    parser.add_argument("--toy", action="store_true", help="toy size, for a look at how it works")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
