"""The bucketing benchmark: whether training on batches of like length reaches the accuracy of random batches.

    python benchmarks/bucketing.py --data-root ../shared/data          # trains; writes results/bucketing.json
    python benchmarks/bucketing.py --data-root ../shared/data --mix    # labels, padding and tokens of batches only
    python benchmarks/bucketing.py --table

TREC and SST-5 root sentences, the protocol of the text benchmark. Accuracy is that on the selection half of
validation; the test split is not touched. Started again, finished trainings are not repeated.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._command_line import answer, plain_parser
from benchmarks._protocol import Protocol, SearchPlan, open_bench
from benchmarks.text import RETRAIN, SPACE, TOY
from nni_autoattend.progress import Observer

if TYPE_CHECKING:
    from nni_autoattend.experiment.bench import Bench

HERE = Path(__file__).resolve().parent

RESULT, RESULT_MIX = "bucketing.json", "bucketing-mix.json"
POOLS = (0, 10, 50)
"""Pools that are trained with; 0: random batches, which the others are compared with."""
MIX_POOLS = (0, 5, 10, 50, 200)
"""Pools whose batches are looked at."""
DRAWN = 2
"""Architectures drawn from the space, beside the published one's first layers."""
TASKS: dict[str, dict[str, Any]] = {"trec": {"task": "trec"}, "sst5": {"task": "sst5"}}
MIX_TASKS: dict[str, dict[str, Any]] = {"sst5 phrases": {"task": "sst5", "phrases": True}, **TASKS}
TOY_TASKS: dict[str, dict[str, Any]] = {"listops": {"task": "listops", "size": TOY["data.size"]}}


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    data_root: Path | None = None
    seeds: int = 3
    epochs: int = 6
    threads: int = 1
    pools: Sequence[int] = POOLS
    mix: bool = False
    toy: bool = False
    results: Path = HERE / "results"
    work: Path = HERE / "work" / "bucketing"
    command: str = ""


def protocol(name: str, options: Options) -> Protocol:
    """Return the protocol of the trainings on task ``name``; nothing is searched."""
    tasks = TOY_TASKS if options.toy else TASKS
    return Protocol(
        space=SPACE,
        data={**tasks[name], "root": options.data_root},
        retrain={**RETRAIN, "epochs": options.epochs},
        searches=(
            SearchPlan("none", "random"),
        ),  # settings have a strategy; how often checkpoints are saved is its own
        search_seeds=0,
        overrides=TOY if options.toy else {},
        threads=options.threads,
        work=options.work / name,
        command=options.command,
    )


def run(options: Options, observer: Observer) -> Path:
    """Train what is not trained yet, rewriting the result file after every training, and return the file.

    Raises:
        AutoAttendError: something a person can act on; what was finished is kept.
    """
    from benchmarks._bucketing_trainings import architectures, remaining_seconds, train, trainings

    names = TOY_TASKS if options.toy else TASKS
    with ExitStack() as stack:
        benches = {name: stack.enter_context(open_bench(protocol(name, options), observer))[0] for name in names}
        plans = {
            name: trainings(bench, architectures(bench, DRAWN), options.pools, options.seeds)
            for name, bench in benches.items()
        }
        seconds = sum(remaining_seconds(plans[name], bench) for name, bench in benches.items())
        observer.say(f"about {seconds / 60:.0f} minutes; finished trainings are not repeated")
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for name, bench in benches.items():
            for number, training in enumerate(plans[name], start=1):
                observer.say(f"{name}, training {number} of {len(plans[name])}: {training.key}")
                rows[name].append(train(training, bench))
                _save(rows, benches, options, complete=all(len(rows[name]) == len(plans[name]) for name in names))
    return options.results / RESULT


def _save(
    rows: dict[str, list[dict[str, Any]]], benches: dict[str, Bench], options: Options, *, complete: bool
) -> None:
    from benchmarks._bucketing_output import circumstances, save_trainings
    from benchmarks._bucketing_trainings import architectures

    first = next(iter(benches.values()))
    genes = first.settings.space.genes
    chosen = {name: genes.to_published(one) for name, one in architectures(first, DRAWN).items()}
    settings = {"architectures": chosen, "pools": options.pools, "seeds": options.seeds}
    told = circumstances(options.command, options.threads)
    save_trainings(options.results / RESULT, rows, benches, settings, told, complete)


def run_mix(options: Options, observer: Observer) -> Path:
    """Look at the batches of all pools, write the result file and return it.

    Raises:
        AutoAttendError: the data are not there.
    """
    from benchmarks._bucketing_output import circumstances
    from benchmarks._label_mix import entropy, label_mixes
    from nni_autoattend.datasets.prepare import prepare
    from nni_autoattend.datasets.tasks import load_splits
    from nni_autoattend.files import write_json
    from nni_autoattend.settings import DataSettings

    batch_size: int = (TOY if options.toy else {}).get("retrain.batch_size", RETRAIN["batch_size"])
    tasks: dict[str, dict[str, Any]] = {}
    for name, block in (TOY_TASKS if options.toy else MIX_TASKS).items():
        observer.say(f"{name}: batches of {batch_size}, pools {', '.join(map(str, MIX_POOLS))}")
        settings = DataSettings(**block, root=options.data_root)
        data = prepare(settings, load_splits(settings), None)
        texts, classes = data.train, len(data.labels)
        tasks[name] = {
            "texts": len(texts),
            "entropy": entropy(texts.labels.bincount(minlength=classes).numpy()),
            "mixes": [asdict(mix) for mix in label_mixes(texts, classes, batch_size, MIX_POOLS)],
        }
    path = options.results / RESULT_MIX
    write_json(path, {**circumstances(options.command, options.threads), "batch_size": batch_size, "tasks": tasks})
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    return answer("bucketing", _parser(), arguments, _tables, _carried_out)


def _carried_out(said: dict[str, Any], observer: Observer) -> Path:
    options = Options(**said)
    return (run_mix if options.mix else run)(options, observer)


def _tables(results: Path) -> str:
    from benchmarks._bucketing_output import tables

    return tables(results)


def _parser() -> argparse.ArgumentParser:
    parser = plain_parser(__doc__, Options)
    parser.add_argument("--data-root", type=Path, help="folder of the tasks' files; without it they are downloaded")
    parser.add_argument("--seeds", type=int, default=Options.seeds, help="trainings of an architecture with a pool")
    parser.add_argument("--epochs", type=int, default=Options.epochs, help="of every training")
    parser.add_argument("--pools", type=int, nargs="+", choices=POOLS, default=POOLS, help="more of them go on")
    parser.add_argument("--mix", action="store_true", help="look at the batches of the pools; nothing is trained")
    parser.add_argument("--toy", action="store_true", help="toy size, on generated sentences; the numbers say nothing")
    parser.add_argument("--work", type=Path, default=Options.work, help="folder of the working state")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
