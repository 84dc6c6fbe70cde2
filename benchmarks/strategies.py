"""The strategies benchmark: every strategy by name, on one space and one task, in equal time.

    python benchmarks/strategies.py --task trec --data-root ../shared/data
    python benchmarks/strategies.py --table

The time is that of 20 stand-alone trainings, measured first, for each seed anew. Started again, finished searches and
trainings are not repeated, and an interrupted search goes on. Working state lies in ``benchmarks/work``.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks._command_line import carry_out
from benchmarks._protocol import Protocol, SearchPlan, open_bench
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.progress import Observer
from nni_autoattend.recipes import load_strategy, names

HERE = Path(__file__).resolve().parent

SPACE = "autoattend-text-small"
FIRST = "autoattend-2core"
"""The strategy that the others are compared with."""
CLOCK = "trainings"
"""Name of the search whose time all others have."""
RETRAIN: dict[str, Any] = {"batch_size": 128, "lr": 1.5e-3, "top_k": 1, "seeds": 1}
TRIAL: dict[str, Any] = {"search.epochs": 3, "search.batch_size": 128, "search.lr": 1.5e-3}
"""How a trial is trained, the same for every multi-trial strategy; supernets train as their recipes say."""
MANY_TRIALS = 1000
TOY: dict[str, Any] = {
    "space.genes.layers": 2,
    "space.search.width": 8,
    "space.search.heads": 2,
    "data.size": 100,
    "data.embedding_width": 8,
    "retrain.batch_size": 50,
}
TOY_TRAININGS = 2
"""With ``--toy``: everything that the benchmark does, on generated sentences; its numbers say nothing."""


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    task: str
    data_root: Path | None = None
    strategies: Sequence[str] = field(default_factory=lambda: names("strategies"))
    seeds: int = 3
    epochs: int = 6
    trainings: int = 20
    toy: bool = False
    results: Path = HERE / "results"
    work: Path = HERE / "work"
    command: str = ""


def protocol(options: Options) -> Protocol:
    """Return the protocol of a run.

    Raises:
        UnknownNameError: there is no such strategy.
    """
    trainings = TOY_TRAININGS if options.toy else options.trainings
    clock = SearchPlan(CLOCK, "random", {**TRIAL, "search.trials": trainings})
    return Protocol(
        space=SPACE,
        data={"task": options.task, "root": options.data_root},
        retrain={**RETRAIN, "epochs": options.epochs},
        searches=(clock, *(SearchPlan(name, name, _overrides(name), as_long_as=CLOCK) for name in _ordered(options))),
        search_seeds=options.seeds,
        overrides=TOY if options.toy else {},
        threads=1,
        work=options.work / f"strategies-{options.task}",
        command=options.command,
    )


def run(options: Options, observer: Observer) -> Path:
    """Search with every strategy, seed after seed, retrain what they find, and return the result file.

    A strategy that finds nothing in its time, or fails, is told and left out; starting again tries it again.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    from benchmarks._searches import Searched, run_search
    from benchmarks._strategies_output import save_results

    chosen = protocol(options)
    path = options.results / f"strategies-{options.task}.json"
    with open_bench(chosen, observer) as (bench, splits):
        done: list[Searched] = []
        for seed in range(options.seeds):
            for plan in chosen.searches:
                try:
                    done.append(run_search(plan, seed, done, chosen, bench))
                except AutoAttendError as error:
                    if plan.name == CLOCK:
                        raise
                    observer.say(f"{plan.name}, seed {seed}: {error}")
                if plan.name == CLOCK:
                    observer.say(_estimate(done[-1].figures, len(chosen.searches) - 1, options.seeds - seed))
                save_results(path, chosen, done, bench, splits)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser()
    said = vars(parser.parse_args(words))
    if said.pop("table"):
        from benchmarks._strategies_output import tables

        print(tables(said["results"]), end="")
        return 0
    if said["task"] is None:
        parser.error("name a task (--task trec), or ask for the table of finished ones (--table)")
    options = Options(**said, command=shlex.join(["python", "benchmarks/strategies.py", *words]))
    return carry_out(lambda observer: f"written to {run(options, observer)}")


def _ordered(options: Options) -> list[str]:
    return sorted(options.strategies, key=lambda name: name != FIRST)


def _overrides(name: str) -> Mapping[str, Any]:
    often = {"search.checkpoint_minutes": 1.0}
    return {**TRIAL, "search.trials": MANY_TRIALS} if load_strategy(name).kind == "multi-trial" else often


def _estimate(clock: Mapping[str, Any], strategies: int, seeds: int) -> str:
    minutes = clock["wall_seconds"] / 60
    return (
        f"every strategy has {minutes:.0f} minutes: {strategies} strategies and {seeds} seed(s) to go are about "
        f"{(strategies + 1) * seeds * minutes / 60:.1f} hours"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--task", help="trec, sst5, or another task (`nni-autoattend list tasks`)")
    add("--data-root", type=Path, help="folder of the task's files; without it they are downloaded")
    add("--strategies", nargs="+", default=names("strategies"), metavar="NAME", help="default: all; more continue")
    add("--seeds", type=int, default=Options.seeds, help="searches of every strategy; likewise")
    add("--epochs", type=int, default=Options.epochs, help="of the trainings whose test scores are told")
    add("--trainings", type=int, default=Options.trainings, help="whose time a strategy has")
    add("--toy", action="store_true", help="toy size, for a look at how it works (--task listops)")
    add("--results", type=Path, default=Options.results, help="folder of the result files")
    add("--work", type=Path, default=Options.work, help="folder of the working state")
    add("--table", action="store_true", help="print the result files as Markdown tables and stop")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
