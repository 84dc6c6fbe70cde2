"""``python -m nni_autoattend.nnictl.trial [autoattend.yml]``: one trial of an ``nnictl`` experiment.

A warm fork does it, where the tuner keeps a process that forks them, and this process otherwise. Half of a warm trial's
time is the start of this process: what is imported here is little.
"""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from nni_autoattend.experiment.nni_experiments import run_of_trial
from nni_autoattend.nnictl.lifeline import end_with_parent
from nni_autoattend.nnictl.nursery_client import hand_over

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the trial that NNI hands out, or have it done by a warm fork; return the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored below a shell that started nnictl with &
    end_with_parent()
    output = os.environ.get("NNI_OUTPUT_DIR")
    try:
        run = run_of_trial(Path(output)) if output else None
        warm = None if run is None else hand_over(run, words)
        if warm is not None:
            return warm
        from nni_autoattend.nnictl.trial_here import work
    except KeyboardInterrupt:
        return _INTERRUPTED
    return work(words)


if __name__ == "__main__":
    sys.exit(main())
