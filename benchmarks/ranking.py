"""The ranking benchmark: how far supernets order architectures as training each of them alone does.

    python benchmarks/ranking.py --task trec --data-root ../shared/data
    python benchmarks/ranking.py --table

Started again, finished rows are not repeated. The two parts (``--part standalone``, ``--part supernets``) may run at
the same time in two processes, with equal options; both write ``benchmarks/results/ranking-<task>.json`` and its
picture from all that is finished. Working state lies in ``benchmarks/work/ranking-<task>``.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from benchmarks._command_line import carry_out
from benchmarks._ranking_protocol import PARTS, Protocol, load_ground, open_part
from benchmarks._ranking_settings import MADE_BY_RULE, kind_of
from nni_autoattend.experiment.bench import torch_threads
from nni_autoattend.progress import Observer
from nni_autoattend.recipes import SharingMode
from nni_autoattend.settings import TrainingSettings

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    task: str
    data_root: Path | None = None
    part: str = "all"
    architectures: int = 100
    seeds: int = 3
    epochs: int | None = None
    modes: Sequence[str] = get_args(SharingMode)
    supernet_seeds: int = 3
    budgets: Sequence[int] | None = None
    size: int | None = None
    toy: bool = False
    results: Path = HERE / "results"
    work: Path = HERE / "work"
    command: str = ""


def protocol(options: Options) -> Protocol:
    """Return the protocol of a run."""
    kind = kind_of(options.task)
    toy = kind.toy_training if options.toy else {}
    size = {"size": options.size} if options.size else {}
    budgets = tuple(sorted(set(options.budgets or kind.budgets)))
    return Protocol(
        space=kind.space,
        overrides=kind.toy_space if options.toy else {},
        data={"task": options.task, "root": options.data_root, **(kind.toy_data if options.toy else {}), **size},
        architectures=options.architectures,
        seeds=options.seeds,
        alone=kind.alone,
        training=TrainingSettings(**{**kind.training, **toy, "epochs": options.epochs or kind.epochs}),
        modes=tuple(options.modes),
        supernet_seeds=options.supernet_seeds,
        supernet=TrainingSettings(**{**kind.supernet, **toy, "epochs": max(budgets)}),
        budgets=budgets,
        paths=kind.paths,
        work=options.work / f"ranking-{options.task}",
        command=options.command,
    )


def run(options: Options, observer: Observer) -> Path | None:
    """Measure all rows of the chosen parts and return the result file, ``None`` where there is too little for one.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    from benchmarks._ranking_estimate import standalone_estimate, supernet_estimate
    from benchmarks._ranking_output import save_results
    from benchmarks._ranking_standalone import measure_standalone
    from benchmarks._ranking_supernets import measure_supernets
    from nni_autoattend.training.allocator import keep_freed_memory

    keep_freed_memory()  # as every run of the package does

    estimates = {"standalone": standalone_estimate, "supernets": supernet_estimate}
    measures = {"standalone": measure_standalone, "supernets": measure_supernets}
    chosen = protocol(options)
    wanted = [part for part in PARTS if options.part in (part, "all")]
    with torch_threads(1), ExitStack() as stack:
        ground = load_ground(chosen)
        parts = {name: stack.enter_context(open_part(name, chosen, ground)) for name in wanted}
        seconds = sum(estimates[name](chosen, ground, part) for name, part in parts.items())
        observer.say(f"{options.task}: about {seconds / 60:.0f} minutes for what is missing")
        for name, part in parts.items():
            for _ in measures[name](chosen, ground, part, observer):
                save_results(options.results, chosen, ground)
        return save_results(options.results, chosen, ground)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser()
    said = vars(parser.parse_args(words))
    if said.pop("table"):
        from benchmarks._ranking_output import tables

        print(tables(said["results"]), end="")
        return 0
    if said["task"] is None:
        parser.error("name a task (--task trec), or ask for the table of finished ones (--table)")
    if said["size"] and said["task"] not in MADE_BY_RULE:
        parser.error(f"--size is for tasks made by rule ({', '.join(MADE_BY_RULE)}); {said['task']} has its own")
    warnings.filterwarnings("ignore", module=r"nni\.")  # it warns of classes that are newer than itself
    options = Options(**said, command=shlex.join(["python", "benchmarks/ranking.py", *words]))
    return carry_out(lambda observer: _told(run(options, observer)))


def _told(path: Path | None) -> str:
    return f"written to {path}" if path else "too few rows are finished for a result"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--task", help="trec, listops, cora, or another task (`nni-autoattend list tasks`)")
    add("--data-root", type=Path, help="folder of the task's files; without it they are downloaded")
    add("--part", choices=(*PARTS, "all", "analysis"), default=Options.part, help="analysis: of what is finished")
    add("--architectures", type=_count, default=Options.architectures, help="drawn ones; more continue finished work")
    add("--seeds", type=_count, default=Options.seeds, help="stand-alone trainings of each; likewise")
    add("--epochs", type=_count, default=Options.epochs, help="of a stand-alone training (texts 6, graphs 400)")
    add("--modes", nargs="+", choices=get_args(SharingMode), default=Options.modes, help="sharing modes; likewise")
    add("--supernet-seeds", type=_count, default=Options.supernet_seeds, help="supernets of each mode; likewise")
    add("--budgets", nargs="+", type=_count, default=Options.budgets, help="epochs after which supernets are scored")
    add("--size", type=_count, help=f"training items ({', '.join(MADE_BY_RULE)})")
    add("--toy", action="store_true", help="toy size, for a look at how it works (--task listops)")
    add("--results", type=Path, default=Options.results, help="folder of the result files")
    add("--work", type=Path, default=Options.work, help="folder of the working state")
    add("--table", action="store_true", help="print the result files as Markdown tables and stop")
    return parser


def _count(text: str) -> int:
    """Read a number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
