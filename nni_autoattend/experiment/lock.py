"""One process at a time works in a run folder; the lock of a dead process is no lock.

The operating system holds the lock on the open file and drops it when the process ends, however it ends: a stale file
never blocks, and a process number that was given out again is not mistaken for the old owner.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from nni_autoattend.errors import RunFolderError, StorageError

NAME = ".lock"
_SECONDS, _PAUSE = 0.1, 0.02


@contextmanager
def locked(folder: Path, seconds: float = _SECONDS) -> Iterator[None]:
    """Hold the lock of ``folder`` while the block runs.

    Args:
        folder: of a run.
        seconds: how long another process may still work there; ``is_locked`` alone holds the lock for an instant.

    Raises:
        RunFolderError: another process works there.
        StorageError: the folder cannot be written.
    """
    try:
        handle = (folder / NAME).open("a+", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write in {folder}: {error}") from error
    with handle:
        if not _take_within(handle, seconds):
            handle.seek(0)
            owner = handle.read().strip() or "unknown"
            raise RunFolderError(f"{folder} is in use by process {owner}; wait for it, or choose another run folder")
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
        handle.truncate(0)


def _take_within(handle: TextIO, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not _take(handle):
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True


def is_locked(folder: Path) -> bool:
    """Tell whether a living process works in ``folder``."""
    try:
        with (folder / NAME).open("r+", encoding="utf-8") as handle:
            return not _take(handle)
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _take(handle: TextIO) -> bool:
        try:
            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(handle: TextIO) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: better no lock than no run
            return True
        return True
