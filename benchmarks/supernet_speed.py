"""The speed benchmark: what a supernet's step, an evaluation and a retraining cost, next to the plain reference path.

    python benchmarks/supernet_speed.py --data-root ../shared/data     # writes results/supernet_speed.json
    python benchmarks/supernet_speed.py --quick                        # a rough look, generated texts, two minutes
    python benchmarks/supernet_speed.py --table

Both paths run in turns in one process on the same batches, architectures and weights. Started again, finished rows are
not repeated; rows of other settings are refused.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._command_line import carry_out
from nni_autoattend.progress import Observer

if TYPE_CHECKING:
    from benchmarks._speed_ground import Ground, Setting

HERE = Path(__file__).resolve().parent

RESULT = "supernet_speed"
ROWS = (*(f"length {name}" for name in ("1", "2-4", "5-15", "16+")), "epoch", "steps", "updates")
ROWS += ("evaluation", "retraining", "memory")
QUICK: dict[str, Any] = {
    "rounds": 1,
    "reference_paths": 2,
    "strata": 5,
    "steps": 1,
    "random_steps": 1,
    "updates": 2,
    "evaluations": 1,
    "retrain_steps": 1,
    "memory_steps": 1,
}
"""With ``--quick``; one timing says little, so the figures go into a file of their own."""


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``. ``changes`` are fields of ``Setting``, for tests at toy size."""

    data_root: Path | None = None
    threads: int = 2
    rows: Sequence[str] = ROWS
    quick: bool = False
    results: Path = HERE / "results"
    work: Path = HERE / "work" / RESULT
    command: str = ""
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The result file."""
        return self.results / f"{RESULT}{'-quick' if self.quick else ''}.json"

    def setting(self) -> Setting:
        """Return what is measured, as plain values."""
        from benchmarks._speed_ground import Setting, Sizes

        root = None if self.data_root is None else str(self.data_root.resolve())
        sizes = Sizes(**QUICK) if self.quick else Sizes()
        return Setting(
            **{"root": root, "cache": str(self.work), "threads": self.threads, "sizes": sizes, **self.changes}
        )


def run(options: Options, observer: Observer) -> Path:
    """Measure the rows that are missing, rewriting the result file after each, and return the file.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    from benchmarks._speed_estimate import estimate
    from benchmarks._speed_results import Results, told
    from nni_autoattend.experiment.bench import torch_threads
    from nni_autoattend.training.allocator import keep_freed_memory

    setting = options.setting()
    keep_freed_memory()  # as every run of the package does; for both paths alike
    with torch_threads(options.threads):
        results = Results(options.path, setting, options.command, ROWS)
        missing = [name for name in options.rows if name not in results.rows]
        if not missing:
            return options.path
        observer.say(f"loading the texts and building a supernet; {len(missing)} of {len(ROWS)} rows are missing")
        ground = setting.ground()
        observer.say(f"about {estimate(missing, ground) / 60:.0f} minutes on {ground.texts.source} texts")
        for name in missing:
            row = _measure(name, setting, ground)
            results.add(name, row, ground.texts.source)
            for line in told(name, row):
                observer.say(line)
    return options.path


def _measure(name: str, setting: Setting, ground: Ground) -> dict[str, Any]:
    from benchmarks._speed_memory import measure_memory
    from benchmarks._speed_networks import measure_evaluations, measure_retraining
    from benchmarks._speed_rows import measure_epoch, measure_lengths, measure_steps, measure_updates

    if name.startswith("length "):
        return measure_lengths(ground, name.removeprefix("length "))
    if name == "memory":
        return measure_memory(setting)
    measures: dict[str, Callable[[Ground], dict[str, Any]]] = {
        "epoch": measure_epoch,
        "steps": measure_steps,
        "updates": measure_updates,
        "evaluation": measure_evaluations,
        "retraining": measure_retraining,
    }
    return measures[name](ground)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    said = vars(_parser().parse_args(words))
    table = said.pop("table")
    options = Options(**said, command=shlex.join(["python", f"benchmarks/{RESULT}.py", *words]))
    from benchmarks._speed_tables import tables

    if table:
        print(tables(options.path), end="")
        return 0
    code = carry_out(lambda observer: f"written to {run(options, observer)}")
    if code == 0:
        print(tables(options.path), end="")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data-root", type=Path, help="folder with sst/trees; without it texts of the same lengths are generated")
    add("--threads", type=int, default=Options.threads, help="torch threads, and workers of an evaluation")
    add("--rows", nargs="+", choices=ROWS, default=ROWS, metavar="ROW", help=f"only these: {', '.join(ROWS)}")
    add("--quick", action="store_true", help="few timings, into a result file of their own")
    add("--results", type=Path, default=Options.results, help="folder of the result file")
    add("--work", type=Path, default=Options.work, help="folder where the encoded texts are kept")
    add("--table", action="store_true", help="print the result file as Markdown tables and stop")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
