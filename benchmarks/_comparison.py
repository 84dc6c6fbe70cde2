"""A benchmark of searches on one task: what is compared is the same for all kinds of data, the values differ."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._command_line import carry_out, search_parser
from benchmarks._protocol import OTHER_SHARING, Protocol, SearchPlan
from nni_autoattend.modality import ModalityName
from nni_autoattend.progress import Observer

HERE = Path(__file__).resolve().parent
SEARCH_RECIPE = "autoattend-2core"


@dataclass(frozen=True)
class SearchOptions:
    """What the command line of a benchmark of searches says; see ``--help``."""

    task: str
    data_root: Path | None = None
    seeds: int = 2
    search_seeds: int = 1
    control_seeds: int = 1
    epochs: int = 5
    threads: int = 1
    toy: bool = False
    results: Path = HERE / "results"
    work: Path = HERE / "work"
    command: str = ""


@dataclass(frozen=True)
class Comparison:
    """The values of one benchmark of searches.

    Attributes:
        kind: of data; the script has its name, and its result files: ``<kind>-<task>.json``.
        space: recipe of the space.
        retrain: of every row.
        search: overrides of the strategy under test.
        trial: overrides of random search.
        toy: with ``--toy``, overrides of everything,
        toy_search: of the search under test,
        toy_trial: and of random search.
    """

    kind: ModalityName
    space: str
    retrain: Mapping[str, Any]
    search: Mapping[str, Any]
    trial: Mapping[str, Any]
    toy: Mapping[str, Any]
    toy_search: Mapping[str, Any]
    toy_trial: Mapping[str, Any]

    def protocol(self, options: SearchOptions, work: str) -> Protocol:
        """Return the protocol of a run; ``work`` is its folder below the working folder."""
        search = {**self.search, **(self.toy_search if options.toy else {})}
        trial = {**self.trial, **(self.toy_trial if options.toy else {})}
        sharing = OTHER_SHARING[self.kind]
        return Protocol(
            space=self.space,
            data={"task": options.task, "root": options.data_root},
            retrain={**self.retrain, "epochs": options.epochs, "seeds": options.seeds},
            searches=(
                SearchPlan("autoattend", SEARCH_RECIPE, search),
                SearchPlan("random", "random", trial, as_long_as="autoattend"),
                SearchPlan(f"sharing-{sharing}", SEARCH_RECIPE, {**search, "space.sharing": sharing}),
                SearchPlan("untrained", SEARCH_RECIPE, search, untrained=True),
            ),
            search_seeds=options.search_seeds,
            control_seeds=min(options.control_seeds, options.search_seeds),
            overrides=self.toy if options.toy else {},
            threads=options.threads,
            work=options.work / work,
            command=options.command,
        )

    def run(self, options: SearchOptions, protocol: Protocol, observer: Observer) -> Path:
        """Measure all rows and return the result file.

        Raises:
            AutoAttendError: something a person can act on; what was finished is kept.
        """
        from benchmarks._measuring import measure_rows

        return measure_rows(protocol, options.results / f"{self.kind}-{options.task}.json", observer)


def command_line(arguments: Sequence[str] | None, benchmark: Any, tasks: str, toy_task: str) -> int:
    """Run the command line of a benchmark and return its exit status.

    Args:
        arguments: words; ``None``: those of this process.
        benchmark: the script's module: its docstring, ``Options``, ``COMPARISON`` and ``run``.
        tasks: names of tasks, for ``--help``.
        toy_task: the task of ``--toy``.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    kind = benchmark.COMPARISON.kind
    parser = search_parser(benchmark.__doc__, benchmark.Options, tasks, f"--task {toy_task}")
    said = vars(parser.parse_args(words))
    if said.pop("table"):
        from benchmarks._output import tables

        print(tables(said["results"], kind), end="")
        return 0
    if said["task"] is None:
        parser.error(f"name a task (--task {tasks.partition(',')[0]}), or ask for the table of finished ones (--table)")
    options = benchmark.Options(**said, command=shlex.join(["python", f"benchmarks/{kind}.py", *words]))
    return carry_out(lambda observer: f"written to {benchmark.run(options, observer)}")
