"""The benchmark of graph baselines: whether each reaches its published accuracy with its published settings.

    python benchmarks/graph_baselines.py --data-root ../shared/data    # writes results/graph_baselines.json
    python benchmarks/graph_baselines.py --table

Cora and CiteSeer on Planetoid's split, Amazon Photo on 20 training and 30 validation nodes of every class. Nothing is
tuned: settings are the published ones, validation chooses the epoch. Started again, finished trainings are not
repeated.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._command_line import answer, plain_parser
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
    return answer("graph_baselines", _parser(), arguments, _table, lambda said, observer: run(_options(said), observer))


def _options(said: dict[str, Any]) -> Options:
    return Options(**{**said, **{name: tuple(said[name]) for name in ("tasks", "baselines")}})


def _table(results: Path) -> str:
    from benchmarks._graph_output import table

    return table(results / RESULT)


def _parser() -> argparse.ArgumentParser:
    parser = plain_parser(__doc__, Options)
    parser.add_argument("--data-root", type=Path, help="folder of the tasks' files; without it they are downloaded")
    parser.add_argument("--tasks", nargs="+", default=Options.tasks, choices=TASKS, metavar="TASK", help="which graphs")
    names = graph_baseline_names()
    parser.add_argument("--baselines", nargs="+", default=names, choices=names, metavar="NAME", help="which baselines")
    parser.add_argument("--seeds", type=int, default=Options.seeds, help="trainings of every baseline on every task")
    parser.add_argument("--toy", action="store_true", help="a generated graph, five epochs; the numbers say nothing")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
