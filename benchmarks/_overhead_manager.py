"""A stand-in for NNI's manager and its local training service: starts a trial and hands it its parameters."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks._overhead_marks import read_marks
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.nnictl.nursery_client import SOCKET

ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 300.0


class OverheadManager(ThreadingHTTPServer):
    """Speaks NNI 3.0's command channel with the trials that it starts."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.parameters: Mapping[str, Any] = {}

    def time_trial(
        self, command: Sequence[str], parameters: Mapping[str, Any], code: Path, output: Path
    ) -> tuple[float, float]:
        """Start a trial as the local training service does: a script with its environment, run by a fresh shell.

        Args:
            command: the trial command.
            parameters: what the tuner hands out.
            code: the trials' code folder.
            output: the trial's own folder, which is made.

        Returns:
            Seconds from having the parameters to the beginning of the trial's first training step, and to its end.

        Raises:
            AutoAttendError: the trial failed; its last line says why.
        """
        began, self.parameters = time.time(), parameters
        output.mkdir(parents=True)
        (output / "run.sh").write_text(self._script(command, code, output), encoding="utf-8")
        subprocess.run(["bash", str(output / "run.sh")], timeout=_SECONDS, check=False)
        try:
            begins, done = read_marks((output / "stdout").read_text(encoding="utf-8"))
        except AutoAttendError as error:
            told = (output / "stderr").read_text(encoding="utf-8").strip().splitlines() or ["it said nothing"]
            raise AutoAttendError(f"{error}: {told[-1]}") from error
        return begins - began, done - began

    def _script(self, command: Sequence[str], code: Path, output: Path) -> str:
        told = {
            "NNI_PLATFORM": "local",
            "NNI_EXP_ID": "overhead",
            "NNI_SYS_DIR": str(output),
            "NNI_OUTPUT_DIR": str(output),
            "NNI_TRIAL_JOB_ID": output.name,
            "NNI_TRIAL_SEQ_ID": "0",
            "NNI_TRIAL_COMMAND_CHANNEL": f"http://127.0.0.1:{self.server_port}/{output.name}",
            "NNI_CODE_DIR": str(code),
            "PYTHONPATH": str(ROOT),
        }
        exports = [f"export {name}={shlex.quote(value)}" for name, value in told.items()]
        outputs = f"1>{shlex.quote(str(output / 'stdout'))} 2>{shlex.quote(str(output / 'stderr'))}"
        started = f"eval {shlex.quote(shlex.join(command))} {outputs}"
        return "\n".join(["#!/bin/bash", *exports, "cd $NNI_CODE_DIR", started, ""])


@contextmanager
def serving(manager: OverheadManager) -> Iterator[OverheadManager]:
    """Let the manager answer while the block runs."""
    thread = threading.Thread(target=manager.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield manager
    finally:
        manager.shutdown()
        manager.server_close()
        thread.join()


@contextmanager
def marked_nursery(run: Path) -> Iterator[None]:
    """Keep a nursery, whose forks mark their first step, for the experiment of a run folder while the block runs.

    Raises:
        AutoAttendError: it does not start.
    """
    command = [sys.executable, "-m", "benchmarks._overhead_marks", "nursery", str(run), str(os.getpid())]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment) as kept:
        try:
            while not (run / SOCKET).exists():
                if kept.poll() is not None:
                    raise AutoAttendError("the nursery does not start; its words are above")
                time.sleep(0.05)
            yield
        finally:
            kept.terminate()


class _Handler(BaseHTTPRequestHandler):
    server: OverheadManager

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(None)

    def do_GET(self) -> None:
        record = {"parameter_id": 0, "parameters": self.server.parameters}
        self._answer({"type": "parameter", "parameter": json.dumps(record)})

    def _answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Write no line per request."""
