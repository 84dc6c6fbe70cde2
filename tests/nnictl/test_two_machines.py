"""One experiment on two machines (real SSH servers here): one dies in mid-trial, the experiment goes on."""

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
import yaml

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(sys.platform != "linux", reason="finds a machine's processes in /proc"),
]

TRIALS = 6
TOY = (
    "data.size=100", "data.max_length=16", "space.genes.layers=2", "space.search.width=8", "space.search.heads=2",
    "strategy.search.epochs=60",
)  # fmt: skip
SSHD = """
Port {port}
ListenAddress {address}
HostKey {folder}/host
AuthorizedKeysFile {key}.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
SetEnv HOME={folder} PIP_NO_INDEX=1 OMP_NUM_THREADS=1
Subsystem sftp internal-sftp
"""  # NNI upgrades itself on its machines; here it must not


class Machine:
    """An SSH server with a home folder of its own; what it starts has that folder in its environment."""

    def __init__(self, folder: Path, key: Path, address: str = "127.0.0.1", prefix: tuple[str, ...] = ()) -> None:
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
        if sshd is None:
            pytest.skip("sshd is not installed (Debian: apt install openssh-server)")
        folder.mkdir()
        make_key(folder / "host")
        self.home, self.address, self.port = folder, address, free_port()
        text = SSHD.format(port=self.port, address=address, folder=folder, key=key)
        (folder / "sshd_config").write_text(text)
        command = [*prefix, sshd, "-D", "-E", str(folder / "sshd.log"), "-f", str(folder / "sshd_config")]
        self.server = subprocess.Popen(command)
        wait_until(lambda: self.server.poll() is not None or is_open(address, self.port), 60, "sshd starts")
        if self.server.returncode is not None:
            pytest.skip(f"sshd does not start here: {(folder / 'sshd.log').read_text()}")

    @property
    def name(self) -> str:
        return f"{getpass.getuser()}@{self.address}:{self.port}"

    def processes(self) -> set[int]:
        """Return the numbers of all that lives on this machine but the server itself."""
        return (with_home(self.home) | descendants(self._living())) - {self.server.pid, os.getpid()}

    def die(self) -> None:
        """End all of it, again until nothing is left; orphaned sessions of the server are known by then."""
        known = self._living() | self.processes()
        while found := (descendants(known) | with_home(self.home)) - {os.getpid()}:
            known = found
            for number in found:
                end(number)
            time.sleep(0.1)

    def _living(self) -> set[int]:
        return {self.server.pid} if self.server.poll() is None else set()


def with_home(home: Path) -> set[int]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={home}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.add(int(entry.name))
        except OSError:  # it has just ended, or is somebody else's
            continue
    return found


def descendants(roots: set[int]) -> set[int]:
    """Return ``roots`` and what they started; sshd's sessions write their titles over their environment."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(entry.name)] = int(parent)
    found = set(roots)
    while more := {number for number, parent in parents.items() if parent in found} - found:
        found |= more
    return found & set(parents)


def end(number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def make_key(path: Path) -> None:
    """Make an RSA key in PEM, which NNI's client reads."""
    command = ["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", str(path)]
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError:
        pytest.skip("ssh-keygen is not installed (Debian: apt install openssh-client)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((address, port)) == 0


def wait_until(true: Callable[[], Any], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)


class Experiment:
    """An experiment that ``nni-autoattend nnictl-config`` wrote for two machines, two trials at a time."""

    def __init__(self, folder: Path, key: Path, machines: tuple[Machine, Machine], address: str) -> None:
        self.home, self.port, self.address = folder / "home", free_port(), address
        self.home.mkdir()
        self.environment = {**os.environ, "HOME": str(self.home), "OMP_NUM_THREADS": "1"}
        self.environment["NNI_CONFIG_DIR"] = str(self.home / "nni")
        self.path = folder / "files" / "experiment.yml"
        chosen = ["--strategy", "random", "--trials", TRIALS, "--threads", 1, "--concurrency", 2, "--key", key]
        chosen += [word for machine in machines for word in ("--remote", machine.name)]
        chosen += [word for value in TOY for word in ("--set", value)]
        self.do("nnictl-config", *chosen, "-o", self.path)
        config = yaml.safe_load(self.path.read_text("utf-8"))
        self.path.write_text(yaml.safe_dump({**config, "nniManagerIp": address}), "utf-8")
        self.do("register")

    def do(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "nni_autoattend", *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment, timeout=600, cwd=self.home
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def ask(self, path: str) -> Any:
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}/api/v1/nni/{path}", timeout=60) as answer:
            return json.loads(answer.read())

    def status(self) -> str:
        return str(self.ask("check-status")["status"])

    def trials(self) -> list[dict[str, Any]]:
        return list(self.ask("trial-jobs"))

    def in_mid_trial(self) -> set[str]:
        """Return the machines that have a running trial that has told its first epoch."""
        told = {metric["trialJobId"] for metric in self.ask("metric-data")}
        return {t["envId"] for t in self.trials() if t["status"] == "RUNNING" and t["trialJobId"] in told}

    @property
    def run(self) -> Path:
        (found,) = [path for path in (self.home / "nni-experiments").glob("*/run") if "_latest" not in path.parts]
        return found

    @contextmanager
    def started(self) -> Iterator[None]:
        self.do("nnictl", "create", "--config", self.path, "--port", self.port)
        try:
            yield
        finally:
            self.do("nnictl", "stop", "--port", self.port)
            try:
                wait_until(lambda: not with_home(self.home), 240, "manager and tuner end")
            finally:
                for number in with_home(self.home):
                    end(number)


def check_that_it_goes_on(experiment: Experiment, here: Machine, die: Callable[[], object]) -> None:
    with experiment.started():
        both = {"remote-worker1", "remote-worker2"}
        wait_until(lambda: experiment.in_mid_trial() == both, 600, "both machines train")
        die()
        wait_until(lambda: experiment.status() in ("DONE", "ERROR"), 800, "the experiment ends")
        assert experiment.status() == "DONE"
        trials = experiment.trials()
        wait_until((experiment.run / "status.json").exists, 60, "the search ends, too")
    assert len(trials) == TRIALS
    lost = [trial for trial in trials if trial["envId"] == "remote-worker2"]
    assert [trial["status"] for trial in lost].count("USER_CANCELED") == 1
    succeeded = [trial for trial in trials if trial["status"] == "SUCCEEDED"]
    assert len(succeeded) == TRIALS - 1
    assert len([trial for trial in succeeded if trial["envId"] == "remote-worker1"]) >= TRIALS - 2
    journal = [json.loads(line) for line in (experiment.run / "journal.jsonl").read_text().splitlines()]
    scores = {event["job"]: event["fitness"] for event in journal if event["stage"] == "trial"}
    assert scores == {trial["trialJobId"]: score(trial) for trial in succeeded}
    for trial in succeeded:  # what the page shows is what was trained
        assert {metric["parameterId"] for metric in trial["finalMetricData"]} == {str(number(trial))}
    assert not is_open("127.0.0.1", experiment.port) and not is_open(experiment.address, experiment.port)
    wait_until(lambda: not here.processes(), 120, "the living machine is left alone")


def score(trial: dict[str, Any]) -> float:
    return float(json.loads(json.loads(trial["finalMetricData"][0]["data"]))["default"])


def number(trial: dict[str, Any]) -> int:
    return int(json.loads(trial["hyperParameters"][0])["parameter_id"])


def test_a_machine_is_killed(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    with ExitStack() as ends:
        machines = []
        for name in ("here", "there"):
            machines.append(Machine(tmp_path / name, tmp_path / "key"))
            ends.callback(machines[-1].die)
        here, there = machines
        experiment = Experiment(tmp_path, tmp_path / "key", (here, there), "127.0.0.2")
        check_that_it_goes_on(experiment, here, there.die)


@contextmanager
def network(number: int) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Make a network namespace; yield its name, its address and how to start something in it.

    Outside, its cable ends at the address .1.
    """
    space, net = f"aa{os.getpid()}n{number}", f"198.18.{number}"
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces need root and the command ip (Debian: apt install iproute2)")
    if subprocess.run(["ip", "netns", "add", space], check=False).returncode != 0:
        pytest.skip("this system makes no network namespaces")
    inside = ["-n", space]
    try:
        for words in (
            ["link", "add", f"{space}o", "type", "veth", "peer", "name", "cable", "netns", space],
            ["addr", "add", f"{net}.1/24", "dev", f"{space}o"],
            ["link", "set", f"{space}o", "up"],
            [*inside, "addr", "add", f"{net}.2/24", "dev", "cable"],
            [*inside, "link", "set", "cable", "up"],
            [*inside, "link", "set", "lo", "up"],
            [*inside, "route", "add", "default", "via", f"{net}.1"],
        ):
            subprocess.run(["ip", *words], check=True)
        yield space, f"{net}.2", ("ip", "netns", "exec", space)
    finally:  # the cable by itself: words that were never answered keep a namespace for minutes after its name
        subprocess.run(["ip", "link", "del", f"{space}o"], check=False)
        subprocess.run(["ip", "netns", "del", space], check=True)


def test_the_cable_of_a_machine_is_pulled(tmp_path: Path) -> None:
    """Nothing tells the manager, and it is just then that it hands the machine a trial."""
    make_key(tmp_path / "key")
    with ExitStack() as ends:
        machines, spaces = [], []
        for index, name in enumerate(("here", "there")):
            space, address, prefix = ends.enter_context(network(index))
            spaces.append(space)
            machines.append(Machine(tmp_path / name, tmp_path / "key", address, prefix))
            ends.callback(machines[-1].die)
        experiment = Experiment(tmp_path, tmp_path / "key", (machines[0], machines[1]), "198.18.0.1")
        pull = ["ip", "-n", spaces[1], "link", "set", "cable", "down"]
        check_that_it_goes_on(experiment, machines[0], lambda: subprocess.check_call(pull))
