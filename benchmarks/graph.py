"""The graph benchmark: what AutoAttend's search finds for the nodes of a graph, against what it must beat.

    python benchmarks/graph.py --task cora --data-root ../shared/data
    python benchmarks/graph.py --table

Rows and protocol are those of the text benchmark. Every row is written to ``benchmarks/results/graph-<task>.json`` as
soon as it is measured; started again, finished searches and trainings are not repeated. Working state lies in
``benchmarks/work``. ``benchmarks/graph_baselines.py`` checks that the baselines reach their published figures.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._comparison import Comparison, SearchOptions, command_line
from benchmarks._protocol import Protocol
from nni_autoattend.progress import Observer

SPACE = "autoattend-graph"
RETRAIN: dict[str, Any] = {"top_k": 3, "patience": 100}
"""The same for every row: tuning runs, and epochs without a better one after which a training ends."""
SEARCH: dict[str, Any] = {
    "arguments.paths": 2,
    "arguments.population": 500,
    "arguments.rounds": 5,
    "arguments.parents": 30,
    "search.checkpoint_minutes": 1.0,
}
"""The search under test; what it trains, it trains as the space's recipe says."""
TRIAL: dict[str, Any] = {"search.trials": 1000}
"""A trial of random search is trained as the finalists are; its deadline comes long before the last one."""
TOY: dict[str, Any] = {"space.search.width": 16, "space.search.heads": 2, "data.size": 100}
TOY_SEARCH: dict[str, Any] = {
    "arguments.population": 4,
    "arguments.rounds": 1,
    "arguments.parents": 2,
    "search.epochs": 3,
    "search.finalists": 2,
}
TOY_TRIAL: dict[str, Any] = {"search.epochs": 3}
"""With ``--toy``: everything that the benchmark does, in a minute, on a generated graph; its numbers say nothing."""


COMPARISON = Comparison("graph", SPACE, RETRAIN, SEARCH, TRIAL, TOY, TOY_SEARCH, TOY_TRIAL)


@dataclass(frozen=True)
class Options(SearchOptions):
    """What the command line says; see ``--help``."""

    seeds: int = 10
    search_seeds: int = 2
    epochs: int = 400


def protocol(options: Options) -> Protocol:
    """Return the protocol of a run."""
    return COMPARISON.protocol(options, f"graph-{options.task}")


def run(options: Options, observer: Observer) -> Path:
    """Measure all rows and return the result file.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    return COMPARISON.run(options, protocol(options), observer)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return command_line(arguments, sys.modules[__name__], "cora, citeseer, photo", "communities")


if __name__ == "__main__":
    raise SystemExit(main())
