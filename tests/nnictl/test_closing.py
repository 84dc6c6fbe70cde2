import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.nnictl.closing import close
from nni_autoattend.nnictl.surroundings import Surroundings


class Manager(BaseHTTPRequestHandler):
    """What NNI's manager answers."""

    trials: list[Any]
    profile: dict[str, Any]
    put: list[tuple[str, Any]]

    def do_GET(self) -> None:
        known = {"/mine/api/v1/nni/trial-jobs": self.trials, "/mine/api/v1/nni/experiment": self.profile}
        self._answer(known.get(self.path))

    def do_PUT(self) -> None:
        self.put.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self._answer("")

    def log_message(self, *words: Any) -> None:
        pass

    def _answer(self, value: Any) -> None:
        self.send_response(404 if value is None else 200)
        self.end_headers()
        self.wfile.write(b"" if value == "" else json.dumps(value).encode())


@contextmanager
def managing(trials: int, **params: Any) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    put: list[tuple[str, Any]] = []
    profile = {"id": "abc", "revision": 3, "params": {"trialConcurrency": 1, **params}}
    handler = type("Handler", (Manager,), {"trials": [{}] * trials, "profile": profile, "put": put})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, put
    server.shutdown()
    server.server_close()
    thread.join()


def surroundings(port: int | None, prefix: str = "/mine") -> Surroundings:
    return Surroundings(Path("abc"), Path(), port=port, prefix=prefix)


@pytest.mark.parametrize("params", [{"maxTrialNumber": 20}, {"maxTrialNumber": None}, {}])
def test_the_limit_becomes_the_trials_that_there_are(params: dict[str, Any]) -> None:
    with managing(3, **params) as (port, put):
        close(surroundings(port))
    ((path, profile),) = put
    assert path == "/mine/api/v1/nni/experiment?update_type=MAX_TRIAL_NUM"
    assert profile == {"id": "abc", "revision": 3, "params": {"trialConcurrency": 1, "maxTrialNumber": 3}}


def test_an_experiment_with_all_its_trials_is_left_alone() -> None:
    with managing(3, maxTrialNumber=3) as (port, put):
        close(surroundings(port))
    assert put == []


def test_without_a_manager_nothing_is_asked() -> None:
    close(surroundings(None))


@pytest.mark.parametrize("break_it", [lambda port: surroundings(port, "/other"), lambda port: surroundings(1)])
def test_what_cannot_be_is_said_and_no_error(
    break_it: Callable[[int], Surroundings], caplog: pytest.LogCaptureFixture
) -> None:
    with managing(3) as (port, put), caplog.at_level(logging.WARNING, "nni_autoattend.nnictl"):
        close(break_it(port))
    assert put == []
    assert "stays in TUNER_NO_MORE_TRIAL" in caplog.text
