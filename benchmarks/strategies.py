"""The strategies benchmark: every strategy by name, on one space and one task, in equal time.

    python benchmarks/strategies.py --task trec --data-root ../shared/data
    python benchmarks/strategies.py --table

The time is that of 20 stand-alone trainings, measured first, for each seed anew. Started again, in this checkout or
another, what the result file has is not repeated; an interrupted search goes on from ``benchmarks/work``. A second
process can measure another seed at the same time (``--only-seed``).
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._command_line import carry_out
from benchmarks._protocol import Protocol, SearchPlan, open_bench
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.progress import Observer
from nni_autoattend.recipes import load_strategy, names

if TYPE_CHECKING:
    from benchmarks._strategies_kept import Finished
    from nni_autoattend.experiment.bench import Bench

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
    only_seed: int | None = None
    epochs: int = 6
    trainings: int = 20
    toy: bool = False
    results: Path = HERE / "results"
    work: Path = HERE / "work"
    command: str = ""

    @property
    def file(self) -> Path:
        """Return the path of the result file."""
        return self.results / f"strategies-{self.task}.json"


def protocol(options: Options, seed: int = 0) -> Protocol:
    """Return the protocol of all strategies; each seed has a working folder of its own."""
    trainings = TOY_TRAININGS if options.toy else options.trainings
    clock = SearchPlan(CLOCK, "random", {**TRIAL, "search.trials": trainings})
    return Protocol(
        space=SPACE,
        data={"task": options.task, "root": options.data_root},
        retrain={**RETRAIN, "epochs": options.epochs},
        searches=(clock, *(SearchPlan(name, name, _overrides(name), as_long_as=CLOCK) for name in _ordered())),
        search_seeds=options.seeds,
        overrides=TOY if options.toy else {},
        threads=1,
        work=options.work / f"strategies-{options.task}-seed{seed}",
        command=options.command,
    )


def run(options: Options, observer: Observer) -> Path:
    """Search with every strategy, seed after seed, retrain what they find, and return the result file.

    A strategy that finds nothing in its time, or fails, is told and left out; starting again tries it again.

    Raises:
        UnknownNameError: there is no such strategy.
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    for name in options.strategies:
        load_strategy(name)
    for seed in range(options.seeds) if options.only_seed is None else [options.only_seed]:
        _run_seed(seed, options, observer)
    return options.file


def _run_seed(seed: int, options: Options, observer: Observer) -> None:
    """Do every search of one seed that the file does not have yet."""
    from benchmarks._strategies_kept import read_finished
    from benchmarks._strategies_output import save_results

    chosen = protocol(options, seed)
    with open_bench(chosen, observer) as (bench, splits):
        done = [one for one in read_finished(options.file, chosen, bench) if one.seed == seed]
        known = {one.name for one in done}
        for plan in chosen.searches:
            if plan.name in known or plan.name not in {CLOCK, *options.strategies}:
                continue
            try:
                done.append(_finish(plan, seed, done, chosen, bench))
            except AutoAttendError as error:
                if plan.name == CLOCK:
                    raise
                observer.say(f"{plan.name}, seed {seed}: {error}")
                continue
            if plan.name == CLOCK:
                observer.say(_estimate(done[-1].searched.figures, len(options.strategies)))
            save_results(options.file, chosen, done, bench, splits)


def _finish(plan: SearchPlan, seed: int, done: Sequence[Finished], chosen: Protocol, bench: Bench) -> Finished:
    """Search, and train the best architecture once, unless the search only tells the time."""
    from benchmarks._rows import pooled
    from benchmarks._searches import run_search
    from benchmarks._strategies_kept import Finished
    from nni_autoattend.experiment.entrants import searched

    found = run_search(plan, seed, [one.searched for one in done], chosen, bench)
    if plan.name == CLOCK:
        return Finished(found)
    entrant = searched(found.entrant, "control", "candidate", found.architectures, bench)
    return Finished(found, pooled(plan.name, "control", [entrant], bench))


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


def _ordered() -> list[str]:
    return sorted(names("strategies"), key=lambda name: name != FIRST)


def _overrides(name: str) -> Mapping[str, Any]:
    often = {"search.checkpoint_minutes": 1.0}
    return {**TRIAL, "search.trials": MANY_TRIALS} if load_strategy(name).kind == "multi-trial" else often


def _estimate(clock: Mapping[str, Any], strategies: int) -> str:
    minutes = clock["wall_seconds"] / 60
    return (
        f"every strategy has {minutes:.0f} minutes: {strategies} strategies are about "
        f"{(strategies + 1) * minutes / 60:.1f} hours a seed"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--task", help="trec, sst5, or another task (`nni-autoattend list tasks`)")
    add("--data-root", type=Path, help="folder of the task's files; without it they are downloaded")
    add("--strategies", nargs="+", default=names("strategies"), metavar="NAME", help="default: all; more can follow")
    add("--seeds", type=int, default=Options.seeds, help="searches of every strategy; likewise")
    add("--only-seed", type=int, metavar="N", help="measure this one of them; the others are another process's")
    add("--epochs", type=int, default=Options.epochs, help="of the trainings whose test scores are told")
    add("--trainings", type=int, default=Options.trainings, help="whose time a strategy has")
    add("--toy", action="store_true", help="toy size, for a look at how it works (--task listops)")
    add("--results", type=Path, default=Options.results, help="folder of the result files")
    add("--work", type=Path, default=Options.work, help="folder of the working state")
    add("--table", action="store_true", help="print the result files as Markdown tables and stop")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
