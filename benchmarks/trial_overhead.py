"""How long until a trial trains: from the tuner handing out a parameter to the first training step.

    python benchmarks/trial_overhead.py                               # writes results/trial_overhead.json
    python benchmarks/trial_overhead.py --data-root ../shared/data    # on TREC instead of generated sentences
    python benchmarks/trial_overhead.py --quick                       # one round, for a look at how it works
    python benchmarks/trial_overhead.py --table

Three ways to the same step of the same network on the same data, in turns: a trial as NNI's own NAS trials are, with
all imports in its process; ours in a fresh process; ours as a fork of the nursery.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from benchmarks._command_line import answer, plain_parser
from benchmarks._overhead_file import Round, save, table
from benchmarks._overhead_manager import OverheadManager, marked_nursery, serving
from nni_autoattend.datasets.by_modality import load_splits
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.nnictl.settings_file import SETTINGS_FILE, read_settings
from nni_autoattend.progress import Observer

HERE = Path(__file__).resolve().parent
RESULT = "trial_overhead.json"
PLAIN, COLD, WARM = "plain NNI, all imported in the trial", "ours, cold", "ours, warm (forked)"
COMMANDS = {
    PLAIN: ("benchmarks._overhead_plain", SETTINGS_FILE),
    COLD: ("benchmarks._overhead_marks", "trial", SETTINGS_FILE),
    WARM: ("nni_autoattend.nnictl.trial", SETTINGS_FILE),  # the nursery's forks have the marks
}


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    data_root: Path | None = None
    rounds: int = 7
    threads: int = 1
    quick: bool = False
    results: Path = HERE / "results"
    command: str = ""

    @property
    def task(self) -> dict[str, Any]:
        """The ``data:`` block."""
        root = self.data_root
        return {"task": "listops"} if root is None else {"task": "trec", "root": str(root.absolute())}


def run(options: Options, observer: Observer) -> Path:
    """Measure, rewriting the result file after every round, and return the file; a first round is not counted.

    Raises:
        AutoAttendError: the data are not there, or a trial failed.
    """
    rounds: list[Round] = []
    planned, path = 1 if options.quick else options.rounds, options.results / RESULT
    observer.say(f"about {0.5 * (planned + 1):.0f} minutes")
    with TemporaryDirectory() as name, serving(OverheadManager()) as manager:
        ground = _Ground(Path(name), options, manager)
        with marked_nursery(ground.runs[WARM].path):
            for number in range(0 if options.quick else -1, planned):  # -1: files come into the system's memory
                seconds = ground.measure(number)
                observer.say(f"round {number + 1}: " + "; ".join(f"{way} {s[1]:.2f} s" for way, s in seconds.items()))
                if number >= 0:
                    rounds.append(seconds)
                    save(path, rounds, planned, ground.told(planned), options.command)
    return path


class _Ground:
    """Two experiments on the same settings: one has a nursery, in the other trials are cold."""

    def __init__(self, folder: Path, options: Options, manager: OverheadManager) -> None:
        self.folder, self.options, self.manager = folder, options, manager
        block = {"space": "autoattend-text-small", "data": options.task, "threads": options.threads}
        (folder / SETTINGS_FILE).write_text(yaml.safe_dump(block), encoding="utf-8")
        self.settings: RunSettings = read_settings(folder / SETTINGS_FILE)
        self.runs = {way: RunFolder(folder / f"experiment-{number}" / "run") for number, way in enumerate(COMMANDS)}
        fingerprint = load_splits(self.settings.data).fingerprint()
        for run_folder in self.runs.values():
            run_folder.describe(self.settings, fingerprint, options.command)

    def measure(self, number: int) -> Round:
        """Return what the trials of round ``number`` took; the way that comes first takes turns."""
        genes, ways = self.settings.space.genes, list(COMMANDS)
        sample = genes.to_sample(genes.random(Random(number)))
        turned = ways[number % len(ways) :] + ways[: number % len(ways)]
        seconds = {way: self._time(way, sample, number) for way in turned}
        return {way: seconds[way] for way in ways}

    def told(self, rounds: int) -> dict[str, Any]:
        """Return what the reader of the file must know."""
        told = {"task": self.options.task["task"], "space": self.settings.space.name, "rounds": rounds}
        return {**told, "threads": self.options.threads, "batch_size": self.settings.strategy.search.batch_size}

    def _time(self, way: str, sample: Mapping[str, Any], number: int) -> tuple[float, float]:
        output = self.runs[way].path.parent / "environments" / "local-env" / "trials" / f"trial{number + 1}"
        return self.manager.time_trial([sys.executable, "-m", *COMMANDS[way]], sample, self.folder, output)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return answer(
        "trial_overhead",
        _parser(),
        arguments,
        lambda results: table(results / RESULT),
        lambda said, observer: run(Options(**said), observer),
    )


def _parser() -> argparse.ArgumentParser:
    parser = plain_parser(__doc__, Options)
    parser.add_argument("--data-root", type=Path, help="folder with TREC's files; without it, generated sentences")
    parser.add_argument("--rounds", type=int, default=Options.rounds, help="trials of each way; medians count")
    parser.add_argument("--quick", action="store_true", help="one round, and no round before it that is not counted")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
