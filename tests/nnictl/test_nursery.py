"""A real nursery: trials forked from it, killed with it, killed through it."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.nnictl import nursery
from nni_autoattend.nnictl.nursery_client import SOCKET, Request
from nni_autoattend.nnictl.settings_file import read_settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
ROOT = Path(__file__).resolve().parents[2]


class Manager(ThreadingHTTPServer):
    def __init__(self, parameters: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.parameters = parameters
        self.got: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Manager

    def do_PUT(self) -> None:
        command = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if command["type"] == "metric":
            self.server.got.append(json.loads(command["metric"]))
        self.answer(None)

    def do_GET(self) -> None:
        self.answer({"parameter": json.dumps({"parameter_id": 0, "parameters": self.server.parameters})})

    def answer(self, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


class Nest:
    """A nursery, started by a stand-in for the tuner, and trials that ask it."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        (folder / "autoattend.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        self.folder, self.run = folder, RunFolder(folder / "abc" / "run")
        read = read_settings(folder / "autoattend.yml")
        self.run.describe(read, "print", "command")
        genes = read.space.genes
        self.manager = Manager(genes.to_sample(genes.random(Random(0))))
        threading.Thread(target=self.manager.serve_forever, daemon=True).start()
        keep = "import os, subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:], str(os.getpid())])"
        command = [sys.executable, "-c", keep, "-m", "nni_autoattend.nnictl.nursery", str(self.run.path)]
        self.tuner = subprocess.Popen(command, env=self.environment("tuner"))
        self.wait((self.run.path / SOCKET).exists)

    def environment(self, job: str) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NEST": str(self.folder),
            "NNI_TRIAL_JOB_ID": job,
            "NNI_OUTPUT_DIR": str(self.run.path.parent / "environments" / "e" / "trials" / job),
            "NNI_TRIAL_COMMAND_CHANNEL": f"http://127.0.0.1:{self.manager.server_port}/job",
        }

    def trial(self, job: str) -> "subprocess.Popen[str]":
        environment = self.environment(job)
        Path(environment["NNI_OUTPUT_DIR"]).mkdir(parents=True)
        command = [sys.executable, "-m", "nni_autoattend.nnictl.trial", "autoattend.yml"]
        return subprocess.Popen(command, cwd=self.folder, env=environment, stderr=subprocess.PIPE, text=True)

    def wait(self, until: Callable[[], Any]) -> Any:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            value = until()
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError("waited in vain")

    def processes(self) -> dict[int, str]:
        """Return what lives of the tuner, the nursery, its forks and the trials."""
        found, mark = {}, f"NEST={self.folder}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except OSError:
                    continue
        return {number: command for number, command in found.items() if command}

    def forks(self) -> list[int]:
        """Return the nursery's children."""
        living = self.processes().items()
        named = [number for number, command in living if "nnictl.nursery" in command and " -c " not in command]
        return [number for number in named if parent_of(number) in named]


def parent_of(number: int) -> int:
    try:
        return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.fixture
def nest(tmp_path: Path, toy_settings: Callable[..., Any], request: Any) -> Iterator[Nest]:
    epochs = getattr(request, "param", 2)
    made = Nest(tmp_path, toy_settings(overrides={"strategy.search.epochs": epochs}))
    yield made
    for number in made.processes():
        os.kill(number, signal.SIGKILL)
    made.tuner.wait()
    made.manager.shutdown()
    made.manager.server_close()


def test_trials_are_forked_and_equal_to_cold_ones(nest: Nest) -> None:
    for job in ("one", "two"):
        trial = nest.trial(job)
        _, err = trial.communicate(timeout=120)
        assert trial.returncode == 0, err
    (nest.run.path / SOCKET).unlink()
    assert nest.trial("cold").wait(120) == 0
    finals = {metric["trial_job_id"]: metric["value"] for metric in nest.manager.got if metric["type"] == "FINAL"}
    assert finals.keys() == {"one", "two", "cold"}
    assert len(set(finals.values())) == 1
    trials = nest.run.path.parent / "environments" / "e" / "trials"
    assert len({(trials / job / "model.safetensors").read_bytes() for job in finals}) == 1


def test_an_error_in_a_fork_is_told_with_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(words: list[str]) -> int:
        raise RuntimeError("somebody's operation")

    def leave(code: int) -> None:
        raise SystemExit(code)

    for name, replaced in (("work", work), ("end_with_parent", lambda: None)):
        monkeypatch.setattr(nursery, name, replaced)
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(Request, "take_over", lambda request: None)
    listener, asker = socket.socketpair()
    with pytest.raises(SystemExit, match="1"):
        nursery.Nursery(listener, 0)._be_child(asker, Request([], "", {}, []))
    assert "RuntimeError: somebody's operation" in capsys.readouterr().err


def test_a_failure_is_told_by_the_trial_itself(nest: Nest) -> None:
    nest.manager.parameters = {"phase": "other"}
    trial = nest.trial("one")
    _, err = trial.communicate(timeout=120)
    assert trial.returncode == 2
    assert "trial failed: unknown phase 'other'" in err


@pytest.mark.parametrize("nest", [100_000], indirect=True)
@pytest.mark.parametrize(("how", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_who_ends_the_trial_ends_its_fork(how: signal.Signals, code: int, nest: Nest) -> None:
    trial = nest.trial("one")
    nest.wait(lambda: nest.manager.got)
    assert len(nest.forks()) == 1
    trial.send_signal(how)
    assert trial.wait(60) == code
    nest.wait(lambda: not nest.forks())
    assert nest.tuner.poll() is None


@pytest.mark.parametrize("nest", [300], indirect=True)
def test_the_last_trials_are_done_before_it_ends(nest: Nest) -> None:
    trial = nest.trial("one")
    nest.wait(lambda: nest.manager.got)
    (fork,) = nest.forks()
    os.kill(parent_of(fork), signal.SIGTERM)
    assert trial.wait(120) == 0
    assert nest.tuner.wait(60) == 0
    assert not (nest.run.path / SOCKET).exists()


@pytest.mark.parametrize("nest", [300], indirect=True)
def test_a_killed_tuner_costs_no_trial(nest: Nest) -> None:
    trial = nest.trial("one")
    nest.wait(lambda: nest.manager.got)
    nest.tuner.kill()
    nest.tuner.wait()
    assert trial.wait(120) == 0
    nest.wait(lambda: not nest.processes())
    assert not (nest.run.path / SOCKET).exists()


def test_after_a_killed_nursery_trials_are_cold(nest: Nest) -> None:
    assert stat.S_IMODE((nest.run.path / SOCKET).stat().st_mode) == 0o600
    (number,) = [number for number in nest.processes() if parent_of(number) == nest.tuner.pid]
    os.kill(number, signal.SIGKILL)
    nest.tuner.wait()
    assert nest.trial("one").wait(120) == 0
    assert [metric["trial_job_id"] for metric in nest.manager.got if metric["type"] == "FINAL"] == ["one"]
    assert (nest.run.path / SOCKET).exists()  # what a nursery without a chance leaves, and trials do not trust


def test_a_successors_socket_stays(nest: Nest) -> None:
    (nest.run.path / SOCKET).unlink()
    (nest.run.path / SOCKET).write_text("of the successor")
    nest.tuner.kill()
    nest.tuner.wait()
    nest.wait(lambda: not nest.processes())
    assert (nest.run.path / SOCKET).read_text() == "of the successor"
