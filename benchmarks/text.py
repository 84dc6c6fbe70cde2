"""The text benchmark: what AutoAttend's search finds, against what it must beat, on one task under one protocol.

    python benchmarks/text.py --task trec --data-root ../shared/data
    python benchmarks/text.py --table

Every row is written to ``benchmarks/results/text-<task>.json`` as soon as it is measured; started again, finished
searches and trainings are not repeated. Working state lies in ``benchmarks/work``.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._command_line import carry_out, search_parser
from benchmarks._protocol import Protocol, SearchPlan
from nni_autoattend.progress import Observer

HERE = Path(__file__).resolve().parent

SPACE = "autoattend-text-small"
RETRAIN: dict[str, Any] = {"batch_size": 128, "lr": 1.5e-3, "top_k": 2}
"""The same for every row: batch size, first learning rate of the ladder, tuning runs."""
SEARCH_RECIPE = "autoattend-2core"
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
}
"""With ``--toy``: everything that the benchmark does, in a minute, on generated sentences; its numbers say nothing."""


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    task: str
    data_root: Path | None = None
    seeds: int = 2
    search_seeds: int = 1
    epochs: int = 5
    threads: int = 1
    toy: bool = False
    results: Path = HERE / "results"
    work: Path = HERE / "work"
    command: str = ""


def protocol(options: Options) -> Protocol:
    """Return the protocol of a run."""
    search = {**SEARCH, **(TOY_SEARCH if options.toy else {})}
    return Protocol(
        space=SPACE,
        data={"task": options.task, "root": options.data_root},
        retrain={**RETRAIN, "epochs": options.epochs, "seeds": options.seeds},
        searches=(
            SearchPlan("autoattend", SEARCH_RECIPE, search),
            SearchPlan("random", "random", TRIAL, as_long_as="autoattend"),
            SearchPlan("sharing-none", SEARCH_RECIPE, {**search, "space.sharing": "none"}),
            SearchPlan("untrained", SEARCH_RECIPE, search, untrained=True),
        ),
        search_seeds=options.search_seeds,
        overrides=TOY if options.toy else {},
        threads=options.threads,
        work=options.work / options.task,
        command=options.command,
    )


def run(options: Options, observer: Observer) -> Path:
    """Measure all rows and return the result file.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    from benchmarks._measuring import measure_rows

    return measure_rows(protocol(options), options.results / f"text-{options.task}.json", observer)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    parser = search_parser(__doc__, Options, "trec, sst5", "--task listops")
    said = vars(parser.parse_args(words))
    if said.pop("table"):
        from benchmarks._output import tables

        print(tables(said["results"]), end="")
        return 0
    if said["task"] is None:
        parser.error("name a task (--task trec), or ask for the table of finished ones (--table)")
    options = Options(**said, command=shlex.join(["python", "benchmarks/text.py", *words]))
    return carry_out(lambda observer: f"written to {run(options, observer)}")


if __name__ == "__main__":
    raise SystemExit(main())
