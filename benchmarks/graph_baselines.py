"""The benchmark of graph baselines: whether each reaches its published accuracy with its published settings.

    python benchmarks/graph_baselines.py --data-root ../shared/data    # writes results/graph_baselines.json
    python benchmarks/graph_baselines.py --table

Cora and CiteSeer on Planetoid's split, Amazon Photo on 20 training and 30 validation nodes of every class. Nothing is
tuned: settings are the published ones, validation chooses the epoch. Started again, finished trainings are not
repeated.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._command_line import carry_out
from benchmarks._graph_rows import TASKS, TOY_TASKS, Training, expected_seconds, measure, trainings
from nni_autoattend.baselines.graph_table import graph_baseline_names
from nni_autoattend.progress import Observer

HERE = Path(__file__).resolve().parent
RESULT = "graph_baselines.json"


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    data_root: Path | None = None
    tasks: tuple[str, ...] = TASKS
    baselines: tuple[str, ...] = ()
    seeds: int = 3
    threads: int = 1
    toy: bool = False
    results: Path = HERE / "results"
    command: str = ""


def planned(options: Options) -> list[Training]:
    """Return what is trained."""
    return trainings(TOY_TASKS if options.toy else options.tasks, options.baselines, options.seeds)


def run(options: Options, observer: Observer) -> Path:
    """Train what is not trained yet, rewriting the result file after every training, and return the file.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    from benchmarks._rows_file import RowsFile
    from nni_autoattend.experiment.bench import torch_threads

    file = RowsFile(options.results / RESULT, planned(options), options.threads, options.command)
    missing = file.missing()
    with torch_threads(options.threads):
        observer.say(f"about {_minutes(missing, options):.0f} minutes; finished trainings are not repeated")
        for number, training in enumerate(missing, start=1):
            observer.say(f"{number} of {len(missing)}: {training.baseline} on {training.task}, seed {training.seed}")
            file.add(training, measure(training, options.data_root, toy=options.toy))
    return file.path


def _minutes(missing: Sequence[Training], options: Options) -> float:
    """Return about how long ``missing`` takes; seeds of one row take the same."""
    known: dict[tuple[str, str], float] = {}
    for training in missing:
        row = (training.task, training.baseline)
        if row not in known:
            known[row] = expected_seconds(training, options.data_root, toy=options.toy)
    return sum(known[training.task, training.baseline] for training in missing) / 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    said = vars(_parser().parse_args(words))
    if said.pop("table"):
        from benchmarks._graph_output import table

        print(table(said["results"] / RESULT), end="")
        return 0
    said |= {name: tuple(said[name]) for name in ("tasks", "baselines")}
    options = Options(**said, command=shlex.join(["python", "benchmarks/graph_baselines.py", *words]))
    return carry_out(lambda observer: f"written to {run(options, observer)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-root", type=Path, help="folder of the tasks' files; without it they are downloaded")
    parser.add_argument("--tasks", nargs="+", default=Options.tasks, choices=TASKS, metavar="TASK", help="which graphs")
    names = graph_baseline_names()
    parser.add_argument("--baselines", nargs="+", default=names, choices=names, metavar="NAME", help="which baselines")
    parser.add_argument("--seeds", type=int, default=Options.seeds, help="trainings of every baseline on every task")
    parser.add_argument("--threads", type=int, default=Options.threads, help="torch threads")
    parser.add_argument("--toy", action="store_true", help="a generated graph, five epochs; the numbers say nothing")
    parser.add_argument("--results", type=Path, default=Options.results, help="folder of the result file")
    parser.add_argument("--table", action="store_true", help="print the result file as a Markdown table and stop")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
