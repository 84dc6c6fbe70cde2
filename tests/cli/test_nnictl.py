import shlex
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.nnictl import launcher, serving
from nni_autoattend.nnictl.access import Access
from nni_autoattend.nnictl.loopback import SCRIPTS

TOKEN = "correct-horse-battery"
THEIRS = "tuner: {name: Random}\ntrialCommand: python trial.py\nexperimentWorkingDirectory: .\n"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """What reached nnictl: its arguments, and the options that node is started with."""
    made: list[tuple[list[str], str]] = []

    def run_nnictl(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
        made.append((list(arguments), variables["NODE_OPTIONS"]))
        return 3 if "--fail" in arguments else 0

    monkeypatch.setattr(launcher, "run_nnictl", run_nnictl)
    return made


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int, str]]:
    """What was opened, instead of opening it."""
    pages: list[tuple[str, int, int, str]] = []

    async def serve(address: str, port: int, target_port: int, access: Access) -> None:
        pages.append((address, port, target_port, access.token))

    monkeypatch.setattr(serving, "serve", serve)
    return pages


@pytest.fixture
def port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        number: int = server.getsockname()[1]
        return number


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o600)
    return path


def test_what_is_not_ours_goes_to_nnictl_as_it_is(cli: Any, calls: Any) -> None:
    assert cli("nnictl", "trial", "ls", "abc", "--head", "3", "-x").code == 0
    assert cli("nnictl", "--version").code == 0
    assert [arguments for arguments, _ in calls] == [["trial", "ls", "abc", "--head", "3", "-x"], ["--version"]]
    assert all(str(script) in options for _, options in calls for script in SCRIPTS)


def test_the_exit_code_is_nnictls(cli: Any, calls: Any) -> None:
    assert cli("nnictl", "stop", "--fail").code == 3


def test_create_is_checked_first(cli: Any, calls: Any, tmp_path: Path, port: int) -> None:
    answer = cli("nnictl", "create", "--config", "absent.yml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("nni-autoattend: cannot read the experiment file absent.yml")
    assert "which experiment?" in cli("nnictl", "create").err
    assert calls == []
    (tmp_path / "theirs.yml").write_text(THEIRS)
    answer = cli("nnictl", "create", "-c", "theirs.yml", "-p", port)
    assert (answer.code, answer.err.endswith(f"; on this one: http://127.0.0.1:{port}\n")) == (0, True)
    assert calls[0][0] == ["create", "-c", "theirs.yml", "-p", str(port)]


def test_no_verb_is_said(cli: Any, calls: Any) -> None:
    answer = cli("nnictl")
    assert (answer.code, calls) == (2, []) and "which verb of nnictl?" in answer.err


def test_env_closes_a_plain_nnictl_of_a_shell(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--title='its own'")
    lines = cli("nnictl", "env").out
    command = ["sh", "-c", f'{lines}\nprintf %s "$NODE_OPTIONS"']
    seen = subprocess.run(command, capture_output=True, text=True, check=True, env={}).stdout
    assert seen.startswith("--title='its own' --require ") and all(str(script) in seen for script in SCRIPTS)
    assert lines.count("export ") == 1


def test_env_of_an_experiment_lets_its_machines_in(cli: Any, tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        machine = f"{{host: 127.0.0.1, port: {server.getsockname()[1]}, user: me}}"
        service = f"trainingService: {{platform: remote, machineList: [{machine}]}}\nnniManagerIp: 127.0.0.2\n"
        (tmp_path / "far.yml").write_text(service)
        thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"SSH-2.0"), daemon=True)
        thread.start()
        answer = cli("nnictl", "env", "--config", "far.yml")
    workers = shlex.split(answer.out)[-1]
    assert workers == 'AUTOATTEND_WORKERS={"address":"127.0.0.2","peers":["127.0.0.1"]}'


def test_the_page_is_opened_with_the_token_of_a_file(
    cli: Any, calls: Any, opened: Any, tmp_path: Path, port: int, token_file: Path
) -> None:
    (tmp_path / "theirs.yml").write_text(THEIRS)
    options = ("--config", "theirs.yml", "--port", port, "--listen", "127.0.0.1:39000", "--token-file", token_file)
    answer = cli("nnictl", "create", *options)
    assert answer.code == 0
    assert calls[0][0] == ["create", "--config", "theirs.yml", "--port", str(port)]
    assert opened == [("127.0.0.1", 39000, port, TOKEN)]
    assert TOKEN not in answer.err and f"it is in {token_file}" in answer.err
    assert "not encrypted" in answer.err


def test_a_token_is_made_and_shown_once(cli: Any, calls: Any, opened: Any) -> None:
    answer = cli("nnictl", "proxy", "--listen", "127.0.0.1:39000")
    address, port, target, token = opened[0]
    assert (address, port, target, calls) == ("127.0.0.1", 39000, 8080, [])
    assert len(token) >= 32
    assert answer.err.count(token) == 1 and f"http://127.0.0.1:39000/?token={token}\n" in answer.err


def test_nothing_is_opened_when_nnictl_fails(cli: Any, calls: Any, opened: Any, tmp_path: Path, port: int) -> None:
    (tmp_path / "theirs.yml").write_text(THEIRS)
    options = ("-c", "theirs.yml", "-p", port, "--listen", "127.0.0.1:39000", "--fail")
    assert (cli("nnictl", "create", *options).code, opened) == (3, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["proxy"], "say --listen ADDRESS:PORT"),
        (["stop", "--token-file", "token"], "say --listen ADDRESS:PORT"),
        (["stop", "--listen", "127.0.0.1:39000"], "--listen goes with create, resume, view"),
        (["create", "-f", "--listen", "127.0.0.1:39000"], "--listen goes with create, resume, view"),
        (["proxy", "--listen", "39000"], "is not of the form ADDRESS:PORT"),
        (["proxy", "--listen", "192.0.2.1:39000"], "cannot listen there"),
        (["proxy", "--listen", "127.0.0.1:39000", "--token-file", "absent"], "cannot read the token file absent"),
        (["create", "--port", "many"], "nnictl: argument --port/-p: invalid int value: 'many'"),
        (["create", "--port", "70000"], "--port 70000: expected a number from 1 to 65535"),
    ],
)
def test_bad_input_is_one_line_and_starts_nothing(
    cli: Any, calls: Any, opened: Any, arguments: list[str], message: str
) -> None:
    answer = cli("nnictl", *arguments)
    assert (answer.code, answer.out, answer.err.count("\n"), calls, opened) == (2, "", 1, [], [])
    assert message in answer.err
