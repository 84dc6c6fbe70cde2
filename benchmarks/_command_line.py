"""What the command lines of all benchmarks have in common. No torch: ``--help`` and ``--table`` answer at once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
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
    add("--search-seeds", type=int, default=defaults.search_seeds, help="how often each search is done")
    add("--epochs", type=int, default=defaults.epochs, help="of every training of every row")
    add("--threads", type=int, default=defaults.threads, help="torch threads")
    add("--toy", action="store_true", help=f"toy size, for a look at how it works ({toy})")
    add("--results", type=Path, default=defaults.results, help="folder of the result files")
    add("--work", type=Path, default=defaults.work, help="folder of the working state")
    add("--table", action="store_true", help="print the result files as Markdown tables and stop")
    return parser
