"""Toy experiments under a real ``nnictl``: two layers, width 8, a hundred generated sentences."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

SETTINGS: dict[str, Any] = {
    "space": "autoattend-text-small",
    "data": {"task": "listops", "size": 100, "embedding_width": 8},
    "budget": "none",
    "seed": 0,
    "threads": 1,
    "retrain": {"epochs": 2, "batch_size": 50, "top_k": 2},
    "overrides": {
        "space.genes.layers": 2,
        "space.search.width": 8,
        "space.search.heads": 2,
        "strategy.search.epochs": 2,
        "strategy.search.batch_size": 50,
    },
}
"""Content of a toy ``autoattend.yml``."""

BUSY = ("Max retries exceeded", "Expecting value")
"""What ``nnictl`` says of a manager that does not answer in time, or not yet with its own words."""
TUNER = "nni_autoattend.nnictl.tuner.AutoAttendTuner"


def make_settings(**changes: Any) -> dict[str, Any]:
    """Return the toy's settings; ``overrides`` are added to, other keys replaced."""
    overrides = {**SETTINGS["overrides"], **changes.pop("overrides", {})}
    return {**SETTINGS, **changes, "overrides": overrides}


def toy_config(strategy: str, **changes: Any) -> dict[str, Any]:
    """Return a toy ``experiment.yml``; our tuner goes by its class, so that no registry is written."""
    from nni_autoattend.genes import Genes
    from nni_autoattend.nnictl.search_space import search_space_json

    genes = Genes(2, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))
    return {
        "experimentName": "toy # one",  # what NNI would take for a comment
        "searchSpace": search_space_json(genes),
        "trialCommand": f"{sys.executable} -m nni_autoattend.nnictl.trial autoattend.yml",
        "trialCodeDirectory": ".",
        "trialConcurrency": 1,
        "maxTrialNumber": 3,
        "experimentWorkingDirectory": "experiments",
        "tuner": {"className": TUNER, "codeDirectory": ".", "classArgs": {"strategy": strategy}},
        "trainingService": {"platform": "local"},
        **changes,
    }


class Experiment:
    """An experiment that a real ``nnictl`` runs on a free port, all its files below ``folder``.

    Args:
        folder: where settings, config and experiment lie.
        config: of the experiment.
        settings: the settings file's content.
    """

    def __init__(self, folder: Path, config: dict[str, Any], settings: dict[str, Any]) -> None:
        self.folder, self.port, self.pids = folder, 0, set[int]()
        folder.mkdir(parents=True)
        (folder / "autoattend.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        (folder / "experiment.yml").write_text(yaml.safe_dump(config), encoding="utf-8")

    def create(self) -> "Experiment":
        self.start("create", "--config", "experiment.yml")
        return self

    def resume(self) -> None:
        self.start("resume", self.id)

    def start(self, *words: str) -> None:
        """Start a manager; again where the machine is too busy for the few seconds that NNI gives itself.

        nnictl gives the manager four seconds to answer, and the manager gives the tuner ten to connect.
        """
        before = self.experiments()
        for _ in range(4):
            self.port = free_port()
            done = self.run("-m", "nni.tools.nnictl.nnictl", *words, "--port", str(self.port))
            if done.returncode == 0 and self.tuner_connected():
                self.note_processes()
                return
            assert done.returncode == 0 or any(word in done.stdout for word in BUSY), done.stdout + done.stderr
            if done.returncode == 0:
                self.nnictl("stop", self.id)
            for stillborn in self.experiments() - before:
                shutil.rmtree(stillborn)
        raise AssertionError("this machine is too busy to start an experiment")

    def tuner_connected(self) -> bool:
        """Wait until the manager that was started last says whether its tuner connected."""
        log = self.path / "log" / "nnimanager.log"
        for _ in range(300):
            said = log.read_text(encoding="utf-8").rpartition("Start NNI manager")[2] if log.exists() else ""
            if "Add event listeners" in said:
                return True
            if "did not connect" in said:
                return False
            time.sleep(0.1)
        return False

    def experiments(self) -> set[Path]:
        folder = self.folder / "experiments"
        return {path for path in folder.iterdir() if not path.is_symlink()} if folder.is_dir() else set()

    def stop(self) -> None:
        self.note_processes()
        self.nnictl("stop", self.id)

    def nnictl(self, *words: str) -> str:
        done = self.run("-m", "nni.tools.nnictl.nnictl", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run python with ``words`` as this experiment's user would, home folder and all."""
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, *words], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def ask_nnictl_for_export(self) -> str:
        self.nnictl("experiment", "export", self.id, "--filename", "exported.json", "--type", "json")
        return (self.folder / "exported.json").read_text(encoding="utf-8")

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def path(self) -> Path:
        (found,) = self.experiments()
        return found

    @property
    def run_folder(self) -> Path:
        return self.path / "run"

    def journal(self, stage: str) -> list[dict[str, Any]]:
        file = self.run_folder / "journal.jsonl"
        events = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [event for event in events if event["stage"] == stage]

    def ask(self, what: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}/api/v1/nni/{what}", timeout=30) as answer:
            return json.loads(answer.read())

    def status(self) -> str:
        return str(self.ask("check-status")["status"])

    def trials(self) -> list[dict[str, Any]]:
        """Return state, parameters and default metric of every trial."""
        return [
            {
                "job": trial["trialJobId"],
                "status": trial["status"],
                **json.loads(trial["hyperParameters"][0])["parameters"],
                "default": json.loads(json.loads(trial["finalMetricData"][0]["data"]))["default"]
                if trial.get("finalMetricData")
                else None,
            }
            for trial in self.ask("trial-jobs")
        ]

    def succeeded(self) -> list[dict[str, Any]]:
        return [trial for trial in self.trials() if trial["status"] == "SUCCEEDED"]

    def wait(self, until: Callable[[], Any], seconds: float = 300) -> Any:
        """Wait until ``until`` is true; the experiment's own words are in the failure."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                value = until()
            except OSError:  # the manager is just starting
                value = None
            if value:
                return value
            time.sleep(0.3)
        raise AssertionError(f"waited in vain: {self.words()}")

    def finish(self) -> None:
        """Wait until all trials are over."""
        self.wait(lambda: self.status() in ("DONE", "ERROR"))
        assert self.status() == "DONE", self.words()

    def words(self) -> str:
        files = [*self.path.glob("log/*.log"), *self.path.glob("environments/*/trials/*/trial.std*")]
        return "\n".join(f"== {file}\n{file.read_text()[-3000:]}" for file in files if file.name != "experiment.log")

    def manager(self) -> int:
        return self.process("nni_node", "main.js", str(self.port))

    def tuner(self) -> int:
        return self.process("-m", "nni", "--exp_params")

    def trial(self) -> int:
        return self.process("-m", "nni_autoattend.nnictl.trial")

    def process(self, *words: str) -> int:
        """Return the number of this experiment's process whose command line has ``words``, 0 for none."""
        for number, command in self.processes().items():
            if all(word in command for word in words) and not command.startswith(("/bin/sh", "/bin/bash", "sh ")):
                return number
        return 0

    def processes(self) -> dict[int, str]:
        """Return the living processes of this experiment: they all have its home folder in their environment."""
        found = {}
        mark = f"HOME={self.folder.parent / 'home'}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                        if command:
                            found[int(entry.name)] = command
                except OSError:  # it has just ended, or is somebody else's
                    continue
        return found

    def note_processes(self) -> None:
        self.pids |= set(self.processes())

    def kill(self, number: int) -> None:
        assert number
        self.note_processes()
        os.kill(number, signal.SIGKILL)

    def end(self) -> None:
        """Stop what is left of it, by its own numbers."""
        for number in self.processes():
            os.kill(number, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def taken() -> Callable[[int], bool]:
    return port_is_taken


@pytest.fixture
def toy_settings() -> Callable[..., dict[str, Any]]:
    return make_settings


@pytest.fixture
def make_experiment(tmp_path: Path) -> Iterator[Callable[..., Experiment]]:
    """Make and create toy experiments; what is left of them is ended after the test."""
    made: list[Experiment] = []

    def make(strategy: str = "random", *, folder: str = "toy", settings: Any = None, **changes: Any) -> Experiment:
        config = toy_config(strategy, **changes)
        made.append(Experiment(tmp_path / folder / "files", config, settings or make_settings()))
        return made[-1].create()

    yield make
    for experiment in made:
        experiment.end()
