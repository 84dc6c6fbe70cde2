"""``python -m nni_autoattend.nnictl.nursery RUN_FOLDER TUNER``: a prepared parent that forks warm trials.

A trial spends seconds on importing torch and encoding the data before its first step. The tuner starts one process
that has done both; a trial of the same machine asks it, over a socket that only this user can open, for a fork that
works in its place, with its environment, folder and output. It lives as long as the tuner and the trials that it
forked; without it a trial does all by itself.
"""

import contextlib
import os
import random
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.nnictl.lifeline import end_with_parent
from nni_autoattend.nnictl.nursery_client import SOCKET, Request, read_request, short_path
from nni_autoattend.nnictl.nursery_rehearsal import rehearse
from nni_autoattend.nnictl.trial_here import work

_SECONDS = 0.1  # between looks at the children and at the tuner


class Nursery:
    """Forks a child for each request and tells the asker how it ended; single-threaded, because it forks.

    Args:
        listener: where trials ask.
        parent: process that it works for.
    """

    def __init__(self, listener: socket.socket, parent: int) -> None:
        self.listener, self.parent = listener, parent
        self.children: dict[int, socket.socket] = {}
        self._ending = False

    def serve(self) -> None:
        """Serve until SIGTERM or the parent's death, and then until the children are done.

        A killed tuner costs no trial: it ends with the trial that asked for it, and that with NNI's manager.
        """
        signal.signal(signal.SIGTERM, self._end)
        while self.children or not self._ending:
            self._ending = self._ending or os.getppid() != self.parent
            readable, _, _ = select.select([self.listener, *self.children.values()], [], [], _SECONDS)
            for ready in readable:
                if ready is self.listener:
                    self._take()
                else:
                    self._lose(ready)
            self._reap()

    def _end(self, number: int, frame: object) -> None:
        """Make the last trials the last ones: their results are known before their processes are over."""
        self._ending = True

    def _take(self) -> None:
        asker, _ = self.listener.accept()
        request = read_request(asker)
        if request is None:
            asker.close()
            return
        child = os.fork()
        if child == 0:
            self._be_child(asker, request)
        request.close()
        self.children[child] = asker
        with contextlib.suppress(OSError):
            asker.sendall(f"{child}\n".encode())

    def _be_child(self, asker: socket.socket, request: Request) -> None:
        code = 1
        try:
            for other in (self.listener, asker, *self.children.values()):
                other.close()
            request.take_over()
            end_with_parent()
            _be_fresh()
            code = work(request.words)
        except BaseException:  # what would be said where an uncaught exception ends a process
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _lose(self, asker: socket.socket) -> None:
        """A trial that hangs up was killed: so is its fork."""
        for child, other in self.children.items():
            if other is asker:
                os.kill(child, signal.SIGKILL)
        asker.setblocking(False)
        with contextlib.suppress(OSError):
            while asker.recv(1024):
                pass

    def _reap(self) -> None:
        while self.children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            asker = self.children.pop(child, None)
            if asker is not None:
                with contextlib.suppress(OSError):
                    asker.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
                asker.close()


def main(arguments: list[str]) -> int:
    """Get ready, say where, and serve.

    Args:
        arguments: run folder of the experiment; number of the process that this one works for, which may have ended
            while this one was starting.
    """
    run, parent = RunFolder(Path(arguments[0])), int(arguments[1])
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    rehearse(run)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, _listening(listener, run.path):
        Nursery(listener, parent).serve()
    return 0


@contextmanager
def _listening(listener: socket.socket, folder: Path) -> Iterator[None]:
    """Listen at the socket of ``folder`` in place of a predecessor; at the end a successor's stays."""
    path, new = folder / SOCKET, folder / f"{SOCKET}.{os.getpid()}"
    with short_path(folder) as short:
        listener.bind(f"{short}/{new.name}")
    new.chmod(0o600)
    listener.listen()
    own = new.replace(path).stat().st_ino
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if path.stat().st_ino == own:
                path.unlink()


def _be_fresh() -> None:
    """Draw other random numbers than the other forks; torch's own start is the same in every process."""
    random.seed()
    np.random.seed()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
