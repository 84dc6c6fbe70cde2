"""What the command lines of all benchmarks have in common. No torch: ``--help`` and ``--table`` answer at once."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nni_autoattend.errors import AutoAttendError
from nni_autoattend.progress import Observer


def carry_out(work: Callable[[Observer], str]) -> int:
    """Do ``work`` under progress bars and say the sentence that it returns; return the exit status.

    An error that a person can act on is one line on standard error and exit status 2.
    """
    from nni_autoattend.cli.progress import observing

    try:
        with observing() as observer:
            observer.say(work(observer))
    except AutoAttendError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def answer(
    benchmark: str,
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
    table: Callable[[Path], str],
    run: Callable[[dict[str, Any], Observer], Path],
) -> int:
    """Run the command line of a benchmark and return its exit status.

    Args:
        benchmark: name of the script.
        parser: of its options, ``--results`` and ``--table`` among them.
        arguments: words; ``None``: those of this process.
        table: makes the table of what lies in a folder of results.
        run: measures with the values of the options (``table`` left out, ``command`` added); returns the result file.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    said = vars(parser.parse_args(words))
    if said.pop("table"):
        print(table(said["results"]), end="")
        return 0
    said["command"] = shlex.join(["python", f"benchmarks/{benchmark}.py", *words])
    return carry_out(lambda observer: f"written to {run(said, observer)}")


def plain_parser(description: str | None, defaults: Any) -> argparse.ArgumentParser:
    """Return the options of every benchmark: threads, the folder of the result file, its table."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=defaults.threads, help="torch threads")
    parser.add_argument("--results", type=Path, default=defaults.results, help="folder of the result file")
    parser.add_argument("--table", action="store_true", help="print the result file as Markdown tables and stop")
    return parser


def search_parser(description: str, defaults: Any, tasks: str, toy: str) -> argparse.ArgumentParser:
    """Return the options of a benchmark of searches.

    Args:
        description: of the benchmark.
        defaults: the class that holds the defaults.
        tasks: names of tasks, for example.
        toy: what ``--toy`` is for.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--task", help=f"{tasks}, or another task (`nni-autoattend list tasks`)")
    add("--data-root", type=Path, help="folder of the task's files; without it they are downloaded")
    add("--seeds", type=int, default=defaults.seeds, help="retraining seeds of a row")
    add("--search-seeds", type=int, default=defaults.search_seeds, help="how often the search is done")
    add("--control-seeds", type=int, default=defaults.control_seeds, help="how often each control of it is")
    add("--epochs", type=int, default=defaults.epochs, help="of every training of every row")
    add("--threads", type=int, default=defaults.threads, help="torch threads")
    add("--toy", action="store_true", help=f"toy size, for a look at how it works ({toy})")
    add("--results", type=Path, default=defaults.results, help="folder of the result files")
    add("--work", type=Path, default=defaults.work, help="folder of the working state")
    add("--table", action="store_true", help="print the result files as Markdown tables and stop")
    return parser
