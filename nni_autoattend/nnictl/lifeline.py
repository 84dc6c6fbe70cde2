"""A process that must not outlive the one that started it: NNI kills nothing when its manager is killed."""

import os
import threading
import time

ORPHANED = 70
"""Exit status of a process whose parent is gone."""
_SECONDS = 1.0


def end_with_parent(seconds: float = _SECONDS) -> threading.Thread:
    """End this process, without any clean-up, soon after its parent; return the watching thread.

    Work is on disk whole or not at all, so nothing is torn. Where an orphan keeps its parent's number (Windows) nothing
    is noticed.
    """
    watch = threading.Thread(target=_watch, args=(os.getppid(), seconds), name="lifeline", daemon=True)
    watch.start()
    return watch


def _watch(parent: int, seconds: float) -> None:
    while os.getppid() == parent:
        time.sleep(seconds)
    os._exit(ORPHANED)
