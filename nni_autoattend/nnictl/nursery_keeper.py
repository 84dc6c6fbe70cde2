"""The tuner's side of the nursery: it starts one where trials run on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.nnictl.surroundings import Surroundings

_DISPATCHERS_OWN = ("SDK_PROCESS", "NNI_TUNER_COMMAND_CHANNEL", "NNI_CHECKPOINT_DIRECTORY", "CUDA_VISIBLE_DEVICES")


@contextmanager
def nursery(surroundings: Surroundings, folder: RunFolder) -> Iterator[None]:
    """Keep a process from which warm trials are forked, where that can be, while the block and its trials run."""
    if not surroundings.local or sys.platform != "linux":
        yield
        return
    command = [sys.executable, "-m", "nni_autoattend.nnictl.nursery", str(folder.path), str(os.getpid())]
    environment = {key: value for key, value in os.environ.items() if key not in _DISPATCHERS_OWN}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, cwd=surroundings.code) as kept:
        try:
            yield
        finally:
            kept.terminate()
