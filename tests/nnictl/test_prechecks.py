import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from nni_autoattend.errors import AutoAttendError, ExperimentError, StorageError, UnknownNameError
from nni_autoattend.experiment.run_settings import resolve_settings
from nni_autoattend.nnictl import prechecks
from nni_autoattend.nnictl.experiment_file import Chosen, write_experiment
from nni_autoattend.nnictl.loopback import Workers
from nni_autoattend.nnictl.prechecks import check_before_create, check_machine, check_port, check_room, workers_of


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


@contextmanager
def machine(greeting: bytes) -> Iterator[int]:
    """Something that greets whoever comes."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as node does
        server.bind(("127.0.0.1", 0))
        server.listen()

        def greet() -> None:
            with server.accept()[0] as connection:
                connection.sendall(greeting)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    state = SimpleNamespace(value="registered")
    monkeypatch.setattr(prechecks, "registration", lambda: state.value)
    return state


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    settings = resolve_settings("autoattend-text-small", "random", {"task": "listops"})
    path = tmp_path / "experiment.yml"
    write_experiment(path, Chosen("autoattend-text-small", "random", settings, {}))
    return change(path, experimentWorkingDirectory=str(tmp_path / "experiments"))


def change(path: Path, **values: Any) -> Path:
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text("utf-8")), **values}))
    return path


def test_a_sound_experiment_passes(experiment: Path) -> None:
    assert check_before_create(experiment, free_port()) is None
    assert not (experiment.parent / "experiments").exists()
    assert {path.name for path in experiment.parent.iterdir()} == {"experiment.yml", "autoattend.yml"}


WRONG: dict[str, tuple[dict[str, Any], type[AutoAttendError], str]] = {
    "strategy": ({"tuner": {"name": "AutoAttend", "classArgs": {"strategy": "enos"}}}, UnknownNameError, "mean 'enas'"),
    "key": ({"tuner": {"name": "autoattend", "classArgs": {"stratgy": "enas"}}}, AutoAttendError, "mean 'strategy'"),
    "space": ({"searchSpace": {"layer01_kind": {"_type": "choice", "_value": ["x"]}}}, ExperimentError, "searchSpace"),
    "name": ({"experimentName": "all # of it"}, ExperimentError, "experimentName: NNI takes what follows"),
    "place": ({"experimentWorkingDirectory": "file/x"}, StorageError, "file cannot be written"),
    "file": ({"tuner": {"name": "TPE"}, "search_space": {"x": {}}}, ExperimentError, "searchSpace"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_would_hang_is_said(experiment: Path, case: str) -> None:
    values, kind, message = WRONG[case]
    (experiment.parent / "file").touch()
    if case == "file":  # NNI takes the key in any case
        change(experiment, searchSpace=None)
    with pytest.raises(kind, match=message):
        check_before_create(change(experiment, **values), free_port())


def test_an_unregistered_tuner_is_said_with_the_remedy(experiment: Path, registered: SimpleNamespace) -> None:
    registered.value = "absent"
    with pytest.raises(ExperimentError, match="run once: nni-autoattend register"):
        check_before_create(experiment, free_port())


def test_experiments_of_others_need_neither_our_tuner_nor_our_files(
    tmp_path: Path, registered: SimpleNamespace
) -> None:
    registered.value = "absent"
    path = tmp_path / "theirs.yml"
    path.write_text("tuner: {name: Random}\ntrialCommand: python trial.py\nexperimentWorkingDirectory: .\n")
    assert check_before_create(path, free_port()) is None


def test_a_port_that_is_taken(experiment: Path) -> None:
    for address in ("127.0.0.1", "0.0.0.0"):
        with socket.socket() as server:
            server.bind((address, 0))
            server.listen()
            port = server.getsockname()[1]
            with pytest.raises(ExperimentError, match=rf"port {port} cannot be taken .* --port, .* stop --port {port}"):
                check_before_create(experiment, port)


def test_a_port_that_has_just_been_left_is_free() -> None:
    with machine(b"bye") as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.recv(3)
    check_port(port)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3 * 2**20))
    with pytest.raises(StorageError, match=r"is full \(3 MiB are free\): NNI keeps its experiments in .*new"):
        check_room(tmp_path / "new")


def test_a_disk_that_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quota, or a disk without inodes: it looks free until something is written."""

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(prechecks, "_fill", full)
    with pytest.raises(StorageError, match=r"No space left on device.*experimentWorkingDirectory"):
        check_room(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_speaks_ssh() -> None:
    with machine(b"SSH-2.0-OpenSSH\r\n") as port:
        assert check_machine("127.0.0.1", port) == "127.0.0.1"


def test_a_machine_that_does_not() -> None:
    with machine(b"HTTP/1.1 200 OK\r\n") as port, pytest.raises(ExperimentError, match="is no SSH server"):
        check_machine("127.0.0.1", port)
    with pytest.raises(ExperimentError, match=f"127.0.0.1, port {port}, cannot be reached: .*refused"):
        check_machine("127.0.0.1", port)
    with pytest.raises(ExperimentError, match=r"nowhere\.invalid, port 22, cannot be reached"):
        check_machine("nowhere.invalid", 22)


def remote(port: int, **values: Any) -> dict[str, Any]:
    machine = {"host": "127.0.0.1", "port": port, "user": "me"}
    return {"nniManagerIp": "127.0.0.2", "trainingService": {"platform": "remote", "machineList": [machine]}, **values}


def test_the_machines_are_let_in_and_nobody_else(experiment: Path) -> None:
    with machine(b"SSH-2.0") as port:
        assert workers_of(remote(port)) == Workers("127.0.0.2", ("127.0.0.1",))
    with machine(b"SSH-2.0") as port:  # they run on this machine: it needs no door
        assert workers_of(remote(port, nniManagerIp="127.0.0.1")) is None
    with machine(b"SSH-2.0") as port:
        found = check_before_create(change(experiment, **remote(port)), free_port())
    assert found == Workers("127.0.0.2", ("127.0.0.1",))
    assert workers_of({"trainingService": {"platform": "local"}}) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [(None, "nniManagerIp is missing"), ("192.0.2.1", "192.0.2.1 is not an address"), ("me", "me is not an address")],
)
def test_an_address_that_machines_cannot_call_back(given: str | None, message: str) -> None:
    with machine(b"SSH-2.0") as port, pytest.raises(ExperimentError, match=message):
        workers_of(remote(port, nniManagerIp=given))


def test_a_machine_without_a_host_or_a_key(tmp_path: Path) -> None:
    for entry, message in ({"user": "me"}, "has no host"), ({"host": "x", "sshKeyFile": "absent"}, "no SSH key file"):
        with pytest.raises(ExperimentError, match=message):
            workers_of(remote(1, trainingService={"platform": "remote", "machine_list": [entry]}))
