"""What the command lines of all benchmarks have in common. No torch: ``--help`` and ``--table`` answer at once."""

from __future__ import annotations

import sys
from collections.abc import Callable

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
