"""How a trial asks the nursery for a fork that works in its place."""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOCKET = "nursery.sock"
"""Where the nursery listens: a socket in the run folder that only this user can open."""
_MOST = 1 << 20  # bytes of a request: an environment
_SECONDS = 5.0
_READY, _GO = "ready", "go"
_LOST = 1
_PYTHON = f"{sys.prefix} {sys.version}"


@dataclass
class Request:
    """What a fork takes over from the trial that asked.

    Attributes:
        words: arguments of the trial command.
        folder: working folder.
        environment: all of it.
        outputs: open standard output and standard error.
        python: interpreter and environment of the trial command.
    """

    words: list[str]
    folder: str
    environment: dict[str, str]
    outputs: list[int]
    python: str = _PYTHON

    def take_over(self) -> None:
        """Make this process look like the one that asked."""
        for target, source in enumerate(self.outputs, start=1):
            os.dup2(source, target)
        self.close()
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def close(self) -> None:
        """Close the outputs in this process."""
        for output in self.outputs:
            os.close(output)


def hand_over(run: Path, words: Sequence[str]) -> int | None:
    """Let a fork of the nursery do this trial and return its exit status; ``None``: there is no nursery, or a slow one.

    An interrupt is handed on; who is killed takes the fork along.
    """
    if sys.platform != "linux":
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asker:
        asker.settimeout(_SECONDS)
        try:
            with short_path(run) as folder:
                asker.connect(f"{folder}/{SOCKET}")
        except OSError:  # there is none, or none any more
            return None
        sys.stdout.flush()
        sys.stderr.flush()
        told = {"words": list(words), "folder": str(Path.cwd()), "environment": dict(os.environ), "python": _PYTHON}
        return _wait(asker) if _send(asker, told) else None


@contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """Yield another path of ``folder``: the address of a socket has room for a hundred letters."""
    number = os.open(folder, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{number}"
    finally:
        os.close(number)


def read_request(asker: socket.socket) -> Request | None:
    """Read what ``hand_over`` sends; ``None``: nobody asks any more, or one that these forks cannot stand for.

    Nothing is forked for a trial that has lost patience and works by itself by now: it would be done twice.
    """
    asker.settimeout(_SECONDS)
    outputs: list[int] = []
    try:
        data, outputs, _, _ = socket.recv_fds(asker, _MOST, 2)
        while data and not data.endswith(b"\n"):
            more = asker.recv(_MOST)
            data = data + more if more else b""
        request = Request(**json.loads(data), outputs=outputs)
        if request.python == _PYTHON and _agree(asker):
            return request
    except (OSError, ValueError, TypeError):
        pass
    for output in outputs:
        os.close(output)
    return None


def _agree(asker: socket.socket) -> bool:
    asker.sendall(f"{_READY}\n".encode())
    return _line(asker) == _GO


def _send(asker: socket.socket, told: object) -> bool:
    """Send the request; tell whether the nursery takes it."""
    try:
        data = (json.dumps(told) + "\n").encode()
        socket.send_fds(asker, [data[:1]], [sys.stdout.fileno(), sys.stderr.fileno()])
        asker.sendall(data[1:])
        if _line(asker) != _READY:
            return False
        asker.sendall(f"{_GO}\n".encode())
    except (OSError, ValueError):
        return False
    return True


def _wait(asker: socket.socket) -> int:
    """Wait for the number of the fork, then for its exit status; an interrupt goes to the fork."""
    asker.settimeout(None)
    child = 0
    while True:
        try:
            told = _line(asker)
            if child or not told:
                return int(told or _LOST)
            child = int(told)
        except KeyboardInterrupt:  # how NNI cancels a trial
            if child:
                os.kill(child, signal.SIGINT)
        except OSError:
            return _LOST


def _line(asker: socket.socket) -> str:
    """Read one line; an empty one where the other side hung up."""
    data = b""
    while not data.endswith(b"\n"):
        more = asker.recv(1)
        if not more:
            return ""
        data += more
    return data.decode().strip()
