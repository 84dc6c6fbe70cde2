import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.nnictl import nursery_client
from nni_autoattend.nnictl.nursery_client import SOCKET, Request, hand_over, read_request, short_path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no nurseries elsewhere")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder whose path is too long for a socket's address."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    return folder


@pytest.fixture
def serve(run: Path) -> Iterator[Callable[..., list[Any]]]:
    """Stand in for a nursery: answer one request with ``lines`` and keep the request."""
    threads: list[threading.Thread] = []

    def start(lines: bytes) -> list[Any]:
        got: list[Any] = []
        listener = socket.socket(socket.AF_UNIX)
        with short_path(run) as folder:
            listener.bind(f"{folder}/{SOCKET}")
        listener.listen()

        def answer() -> None:
            with listener, listener.accept()[0] as asker:
                got.append(read_request(asker))
                if got[0] is not None:
                    os.write(got[0].outputs[0], b"said by the fork\n")
                    got[0].close()
                    asker.sendall(lines)

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return got

    yield start
    for thread in threads:
        thread.join(10)


def test_a_fork_gets_all_that_the_trial_has(
    serve: Callable[..., list[Any]], run: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORDS", "a # b // ä" + "x" * 200_000)
    got = serve(b"4711\n3\n")
    assert hand_over(run, ["autoattend.yml"]) == 3
    (request,) = got
    assert (request.words, request.folder) == (["autoattend.yml"], str(Path.cwd()))
    assert request.environment == dict(os.environ)
    assert capfd.readouterr().out == "said by the fork\n"


def test_without_a_nursery_a_trial_does_all_by_itself(run: Path) -> None:
    assert hand_over(run, []) is None
    (run / SOCKET).touch()
    assert hand_over(run, []) is None
    assert hand_over(run / "gone", []) is None


def test_a_nursery_that_does_not_agree_is_none(
    serve: Callable[..., list[Any]], run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nursery_client, "_agree", lambda asker: False)
    got = serve(b"")
    assert hand_over(run, []) is None
    assert got == [None]


@pytest.mark.parametrize("lines", [b"", b"4711\n"])
def test_a_fork_that_is_lost_is_a_failed_trial(lines: bytes, serve: Callable[..., list[Any]], run: Path) -> None:
    serve(lines)
    assert hand_over(run, []) == 1


@pytest.mark.parametrize("sent", [b"", b"{\n", b'{"words": []}\n'])
def test_what_is_no_request(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        assert read_request(ours) is None


def ask(**changes: Any) -> tuple[Request | None, bytes]:
    """Send a request, hang up as one who has lost patience, and return what was made of it, and what was answered."""
    ours, theirs = socket.socketpair()
    told = {"words": [], "folder": "/", "environment": {}, "python": nursery_client._PYTHON, **changes}
    with ours, theirs, Path(os.devnull).open("wb") as output:
        before = len(list(Path("/dev/fd").iterdir()))
        socket.send_fds(theirs, [(json.dumps(told) + "\n").encode()], [output.fileno(), output.fileno()])
        theirs.shutdown(socket.SHUT_WR)
        request = read_request(ours)
        assert len(list(Path("/dev/fd").iterdir())) == before
        ours.close()
        return request, theirs.recv(100)


def test_nothing_is_forked_for_who_works_by_himself_by_now() -> None:
    assert ask() == (None, b"ready\n")


def test_another_interpreter_gets_no_fork() -> None:
    assert ask(python="/opt/other 3.9") == (None, b"")


def test_taking_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, moved = dict(os.environ), []
    monkeypatch.setattr(os, "dup2", lambda source, target: moved.append((source, target)))
    monkeypatch.setattr(os, "close", lambda number: None)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    try:
        Request([], str(tmp_path / "there"), {"ONLY": "this"}, [8, 9]).take_over()
        assert dict(os.environ) == {"ONLY": "this"}
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert moved == [(8, 1), (9, 2)]
    assert Path.cwd() == tmp_path / "there"
