"""The graph benchmark: what AutoAttend's search finds for the nodes of a graph, against what it must beat.

    python benchmarks/graph.py --task cora --data-root ../shared/data
    python benchmarks/graph.py --table

Rows and protocol are those of the text benchmark. Every row is written to ``benchmarks/results/graph-<task>.json`` as
soon as it is measured; started again, finished searches and trainings are not repeated. Working state lies in
``benchmarks/work``. ``benchmarks/graph_baselines.py`` checks that the baselines reach their published figures.
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

SPACE = "autoattend-graph"
RETRAIN: dict[str, Any] = {"top_k": 3, "patience": 100}
"""The same for every row: tuning runs, and epochs without a better one after which a training ends."""
SEARCH_RECIPE = "autoattend-2core"
SEARCH: dict[str, Any] = {
    "arguments.paths": 2,
    "arguments.population": 100,
    "arguments.rounds": 10,
    "arguments.parents": 30,
    "search.epochs": 1000,
    "search.checkpoint_minutes": 1.0,
}
"""The search under test: an epoch is one step on the whole graph."""
TRIAL: dict[str, Any] = {"search.trials": 1000, "search.epochs": 100}
"""A trial of random search; its deadline comes long before the last one."""
TOY: dict[str, Any] = {"space.search.width": 16, "space.search.heads": 2, "data.size": 100}
TOY_SEARCH: dict[str, Any] = {
    "arguments.population": 4,
    "arguments.rounds": 1,
    "arguments.parents": 2,
    "search.epochs": 3,
}
"""With ``--toy``: everything that the benchmark does, in a minute, on a generated graph; its numbers say nothing."""


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    task: str
    data_root: Path | None = None
    seeds: int = 10
    search_seeds: int = 1
    epochs: int = 400
    threads: int = 1
    toy: bool = False
    results: Path = HERE / "results"
    work: Path = HERE / "work"
    command: str = ""


def protocol(options: Options) -> Protocol:
    """Return the protocol of a run."""
    search = {**SEARCH, **(TOY_SEARCH if options.toy else {})}
    trial = {**TRIAL, **({"search.epochs": 3} if options.toy else {})}
    return Protocol(
        space=SPACE,
        data={"task": options.task, "root": options.data_root},
        retrain={**RETRAIN, "epochs": options.epochs, "seeds": options.seeds},
        searches=(
            SearchPlan("autoattend", SEARCH_RECIPE, search),
            SearchPlan("random", "random", trial, as_long_as="autoattend"),
            SearchPlan("sharing-none", SEARCH_RECIPE, {**search, "space.sharing": "none"}),
            SearchPlan("untrained", SEARCH_RECIPE, search, untrained=True),
        ),
        search_seeds=options.search_seeds,
        overrides=TOY if options.toy else {},
        threads=options.threads,
        work=options.work / f"graph-{options.task}",
        command=options.command,
    )


def run(options: Options, observer: Observer) -> Path:
    """Measure all rows and return the result file.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    from benchmarks._measuring import measure_rows

    return measure_rows(protocol(options), options.results / f"graph-{options.task}.json", observer)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    parser = search_parser(__doc__, Options, "cora, citeseer, photo", "--task communities")
    said = vars(parser.parse_args(words))
    if said.pop("table"):
        from benchmarks._output import tables

        print(tables(said["results"], "graph"), end="")
        return 0
    if said["task"] is None:
        parser.error("name a task (--task cora), or ask for the table of finished ones (--table)")
    options = Options(**said, command=shlex.join(["python", "benchmarks/graph.py", *words]))
    return carry_out(lambda observer: f"written to {run(options, observer)}")


if __name__ == "__main__":
    raise SystemExit(main())
