"""Real experiments, started through our doors: the page in a browser, who else sees it, other tuners and machines."""

import getpass
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

import pytest
import yaml

from nni_autoattend.nnictl.exposure import open_addresses, own_addresses

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TOKEN = "correct-horse-battery"
TINY = (
    "data.size=100", "data.max_length=16", "space.genes.layers=2", "space.search.width=8", "space.search.heads=2",
    "strategy.search.epochs=1",
)  # fmt: skip
_OPENER = build_opener(ProxyHandler({}))  # no proxy of the surroundings stands between this machine and itself


@dataclass(frozen=True)
class Experiment:
    port: int
    folder: Path
    environment: dict[str, str]

    def ask(self, path: str) -> Any:
        return json.loads(fetch(f"http://127.0.0.1:{self.port}/api/v1/nni/{path}"))

    def trials(self) -> list[dict[str, Any]]:
        return list(self.ask("trial-jobs"))


def fetch(url: str, **headers: str) -> bytes:
    with _OPENER.open(Request(url, headers=headers), timeout=20) as answer:
        content: bytes = answer.read()
        return content


def status(url: str, **headers: str) -> int:
    try:
        fetch(url, **headers)
    except HTTPError as error:
        return error.code
    return 200


def free_port(address: str = "127.0.0.1") -> int:
    with socket.socket() as server:
        server.bind((address, 0))
        port: int = server.getsockname()[1]
        return port


def nni_autoattend(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nni_autoattend", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)


def done(environment: dict[str, str], *arguments: object) -> None:
    answer = nni_autoattend(environment, *arguments)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def wait_until(true: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)


@contextmanager
def started(folder: Path, *options: object, **changes: Any) -> Iterator[Experiment]:
    """Start an experiment of two tiny trials, wait until it is done, stop it at the end.

    ``options`` are of ``nnictl-config``, ``changes`` of the file that it writes.
    """
    home = folder / "home"
    home.mkdir(parents=True)
    environment = {**os.environ, "HOME": str(home), "NNI_CONFIG_DIR": str(home / "nni"), "OMP_NUM_THREADS": "1"}
    path = folder / "größe of it" / "experiment.yml"
    sets = [word for value in TINY for word in ("--set", value)]
    chosen = ("--strategy", "random", "--trials", 2, "--threads", 1, *sets, *options)
    done(environment, "nnictl-config", *chosen, "-o", path)
    if changes:
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text("utf-8")), **changes}), "utf-8")
    done(environment, "register")
    experiment = Experiment(free_port(), path.parent, environment)
    done(environment, "nnictl", "create", "--config", path, "--port", experiment.port)
    try:
        wait_until(lambda: sum(t["status"] == "SUCCEEDED" for t in experiment.trials()) == 2, 400, "two trials succeed")
        yield experiment
    finally:
        nni_autoattend(environment, "nnictl", "stop", "--port", experiment.port)
    wait_until(lambda: not is_open("127.0.0.1", experiment.port), 30, "the server ends")


def is_open(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((address, port)) == 0


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Experiment]:
    with started(tmp_path_factory.mktemp("ours")) as running:
        yield running


def best(experiment: Experiment) -> float:
    return max(json.loads(json.loads(trial["finalMetricData"][0]["data"]))["default"] for trial in experiment.trials())


def test_a_browser_shows_name_trials_best_metric_and_parameters(experiment: Experiment) -> None:
    chromium = shutil.which("chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if chromium is None:
        pytest.skip("chromium is not installed (Debian: apt install chromium)")
    first = next(trial for trial in experiment.trials() if trial["sequenceId"] == 0)
    parameters = json.loads(first["hyperParameters"][0])["parameters"]
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.route(lambda url: "//127.0.0.1" not in url, lambda route: route.abort())  # its fonts lie elsewhere
        page.goto(f"http://127.0.0.1:{experiment.port}/oview")
        page.locator(".ms-DetailsRow").nth(1).wait_for()
        overview = page.inner_text("body")
        page.goto(f"http://127.0.0.1:{experiment.port}/detail")
        page.locator(".ms-DetailsRow").nth(1).wait_for()
        row = page.locator(".ms-DetailsRow", has_text=first["trialJobId"])
        row.locator("[data-automation-key=_expand] i").click()
        page.get_by_text("Copy as json").wait_for()
        details = page.inner_text("body")
        browser.close()
    assert "autoattend-text-small on listops" in overview
    assert re.search(r"\b2/2\b", overview), "two of two trials succeeded"
    assert f"{best(experiment):.6f}\nBest metric" in overview
    assert all(trial["trialJobId"] in overview for trial in experiment.trials())
    shown = details.replace(" ", "")
    for label in ("layer01_kind", "layer02_value_op"):
        assert f'{label}:"{parameters[label]}"' in shown


def test_other_addresses_of_the_machine_are_refused(experiment: Experiment) -> None:
    assert is_open("127.0.0.1", experiment.port)
    others = own_addresses()
    assert others
    assert [address for address in others if is_open(address, experiment.port)] == []
    assert open_addresses(experiment.port) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.0.2 of themselves")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_page_opened_with_a_token_refuses_a_wrong_one(
    end: signal.Signals, experiment: Experiment, tmp_path: Path
) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    token_file.chmod(0o600)
    port = free_port("127.0.0.2")
    command = [sys.executable, "-m", "nni_autoattend", "nnictl", "proxy", "--port", str(experiment.port)]
    command += ["--listen", f"127.0.0.2:{port}", "--token-file", str(token_file)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=experiment.environment) as proxy:
        try:
            wait_until(lambda: is_open("127.0.0.2", port), 60, "the proxy listens")
            url = f"http://127.0.0.2:{port}/api/v1/nni/experiment"
            assert status(url) == 401
            assert status(url, Authorization="Bearer wrong-horse-battery") == 401
            assert status(f"{url}?token=wrong-horse-battery") == 401
            seen = json.loads(fetch(url, Authorization=f"Bearer {TOKEN}"))
            assert seen["params"]["experimentName"] == "autoattend-text-small on listops"
            browser = build_opener(ProxyHandler({}), HTTPCookieProcessor())
            with browser.open(f"http://127.0.0.2:{port}/oview?token={TOKEN}", timeout=20) as page:
                assert b"<title>" in page.read() and page.url.endswith("/oview")
            assert not is_open("127.0.0.1", port)
        finally:
            proxy.send_signal(end)
        told = proxy.communicate(timeout=60)[1]
    assert proxy.returncode == 0
    assert TOKEN not in told and str(token_file) in told


def test_a_second_experiment_on_the_same_port_is_refused_at_once(experiment: Experiment) -> None:
    config = experiment.folder / "experiment.yml"
    for verb in (["create", "--config", config], ["resume", "some"], ["view", "some"]):
        answer = nni_autoattend(experiment.environment, "nnictl", *verb, "--port", experiment.port)
        assert answer.returncode == 2
        assert answer.stderr.startswith(f"nni-autoattend: port {experiment.port} cannot be taken")


def test_a_tuner_of_nni_drives_the_same_trials(tmp_path: Path) -> None:
    tuner = {"name": "TPE", "classArgs": {"optimize_mode": "maximize", "seed": 1}}
    with started(tmp_path, tuner=tuner) as experiment:
        parameters = [json.loads(trial["hyperParameters"][0])["parameters"] for trial in experiment.trials()]
        assert len(parameters) == 2 and all(len(each) == 14 for each in parameters)
        assert 0 <= best(experiment) <= 1


SSHD = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
SetEnv HOME={folder}
Subsystem sftp internal-sftp
"""


@contextmanager
def ssh_server(folder: Path) -> Iterator[int]:
    """A real sshd on loopback that lets the key ``folder``/key in; its users live in ``folder``."""
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if sshd is None:
        pytest.skip("sshd is not installed (Debian: apt install openssh-server)")
    for name in ("host", "key"):  # NNI's client reads RSA keys in PEM
        command = ["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", folder / name]
        subprocess.run(command, check=True)
    port = free_port()
    (folder / "sshd_config").write_text(SSHD.format(port=port, folder=folder))
    with subprocess.Popen(
        [sshd, "-D", "-e", "-f", folder / "sshd_config"], stderr=subprocess.PIPE, text=True
    ) as server:
        wait_until(lambda: is_open("127.0.0.1", port) or server.poll() is not None, 20, "sshd starts")
        if server.poll() is not None:
            pytest.skip(f"sshd does not start here: {server.stderr.read() if server.stderr else ''}")
        yield port
        server.terminate()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.0.2 of themselves")
def test_trials_on_another_machine_come_in_by_their_own_door_alone(tmp_path: Path) -> None:
    with ssh_server(tmp_path) as port:
        there = f"{getpass.getuser()}@127.0.0.1:{port}"
        with started(tmp_path, "--remote", there, "--key", tmp_path / "key", nniManagerIp="127.0.0.2") as experiment:
            assert {trial["envId"] for trial in experiment.trials()} == {"remote-worker1"}
            assert is_open("127.0.0.2", experiment.port)
            assert status(f"http://127.0.0.2:{experiment.port}/api/v1/nni/experiment") == 403
            others = [address for address in own_addresses() if address != "127.0.0.2"]
            assert [address for address in others if is_open(address, experiment.port)] == []
