"""When a trial's first training step begins and when it is done: a line on standard output each, and the trial ends.

python -m benchmarks._overhead_marks trial SETTINGS_FILE     # our trial command, in this process
python -m benchmarks._overhead_marks nursery RUN_FOLDER PID  # our nursery, whose forks are marked
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from nni_autoattend.errors import AutoAttendError

if TYPE_CHECKING:
    from torch import Tensor


BEGINS, DONE = "the first training step begins at", "the first training step is done at"


def step_begins() -> None:
    """Mark now as the beginning of the first step."""
    _write(BEGINS)


def step_is_done() -> NoReturn:
    """Mark now as the first step's end, and end this process: nothing after it is measured."""
    _write(DONE)
    os._exit(0)


def _write(words: str) -> None:
    os.write(1, f"{words} {time.time()}\n".encode())  # NNI takes sys.stdout for its own log


def read_marks(output: str) -> tuple[float, float]:
    """Return when the first step began and when it was done, in seconds of ``time.time``.

    Raises:
        AutoAttendError: the trial did not come that far.
    """
    told = [line.rpartition(" ") for line in output.splitlines()]
    times = {words: float(number) for words, _, number in told if words in (BEGINS, DONE)}
    if len(times) < 2:
        raise AutoAttendError("the trial did not come to its first training step")
    return times[BEGINS], times[DONE]


def mark_own_steps() -> None:
    """Let the plain training loop of this process, and of its forks, mark its first step."""
    from nni_autoattend.training.step import AdamStep

    take = AdamStep.take

    def marked(self: AdamStep, items: Any, labels: Tensor) -> float | None:
        step_begins()
        take(self, items, labels)
        step_is_done()

    AdamStep.take = marked  # type: ignore[method-assign]


def main(arguments: Sequence[str]) -> int:
    """Mark the first step of our trial command, or of the forks of our nursery."""
    what, *words = arguments
    mark_own_steps()
    if what == "nursery":
        from nni_autoattend.nnictl import nursery

        return nursery.main(words)
    from nni_autoattend.nnictl import trial

    return trial.main(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
