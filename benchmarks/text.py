"""The text benchmark: what AutoAttend's search finds, against what it must beat, on one task under one protocol.

    python benchmarks/text.py --task trec --data-root ../shared/data
    python benchmarks/text.py --table

Every row is written to ``benchmarks/results/text-<task>.json`` as soon as it is measured; started again, finished
searches and trainings are not repeated. Working state lies in ``benchmarks/work``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._comparison import Comparison, SearchOptions, command_line
from benchmarks._protocol import Protocol
from nni_autoattend.progress import Observer

SPACE = "autoattend-text-small"
RETRAIN: dict[str, Any] = {"batch_size": 128, "lr": 1.5e-3, "top_k": 2}
"""The same for every row: batch size, first learning rate of the ladder, tuning runs."""
SEARCH: dict[str, Any] = {
    "arguments.paths": 2,
    "arguments.population": 80,
    "arguments.rounds": 4,
    "arguments.parents": 20,
    "search.batch_size": 128,
    "search.lr": 2e-3,
    "search.epochs": 9,
    "search.checkpoint_minutes": 1.0,
}
"""The search under test."""
TRIAL: dict[str, Any] = {"search.trials": 1000, "search.epochs": 3, "search.batch_size": 128, "search.lr": 1.5e-3}
"""A trial of random search; its deadline comes long before the last one."""
TOY: dict[str, Any] = {
    "space.genes.layers": 2,
    "space.search.width": 8,
    "space.search.heads": 2,
    "data.size": 100,
    "data.embedding_width": 8,
    "retrain.batch_size": 50,
    "retrain.lr": 0.01,
}
TOY_SEARCH: dict[str, Any] = {
    "arguments.population": 4,
    "arguments.rounds": 1,
    "arguments.parents": 2,
    "search.epochs": 1,
    "search.finalists": 2,
}
"""With ``--toy``: everything that the benchmark does, in a minute, on generated sentences; its numbers say nothing."""


COMPARISON = Comparison("text", SPACE, RETRAIN, SEARCH, TRIAL, TOY, TOY_SEARCH, {})


Options = SearchOptions


def protocol(options: Options) -> Protocol:
    """Return the protocol of a run."""
    return COMPARISON.protocol(options, options.task)


def run(options: Options, observer: Observer) -> Path:
    """Measure all rows and return the result file.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    return COMPARISON.run(options, protocol(options), observer)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return command_line(arguments, sys.modules[__name__], "trec, sst5", "listops")


if __name__ == "__main__":
    raise SystemExit(main())
