"""What would leave an experiment hanging in NNI is found before NNI is started: ports, room, machines, texts."""

import ipaddress
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_autoattend.errors import ExperimentError, StorageError
from nni_autoattend.files import write_atomically
from nni_autoattend.nnictl.checks import check_experiment
from nni_autoattend.nnictl.config_value import config_value, read_config
from nni_autoattend.nnictl.experiment_file import TRIAL_MODULE, check_texts
from nni_autoattend.nnictl.loopback import LOOPBACK, Workers
from nni_autoattend.nnictl.registration import TUNER, registration

DEFAULT_FOLDER = Path("~/nni-experiments")
LEAST_ROOM = 64 * 2**20
_SSH_SECONDS = 5.0
_SSH_PORT = 22


def check_before_create(path: Path, port: int) -> Workers | None:
    """Check all that can be known before an experiment starts.

    Args:
        path: the experiment file.
        port: where NNI's page will be.

    Returns:
        The other machines that must reach this one, if any run trials.

    Raises:
        AutoAttendError: what is wrong, and what to do.
    """
    config = read_config(path)
    folder = path.absolute().parent
    if _is_ours(config):
        check_experiment(config, folder)
    texts = {key: value for key, value in config.items() if str(key).replace("_", "").lower() != "searchspace"}
    check_texts({**texts, "the folder of the experiment file": str(folder)})
    check_room(folder / Path(config_value(config, "experimentWorkingDirectory") or DEFAULT_FOLDER).expanduser())
    check_port(port)
    return workers_of(config)


def workers_of(config: Mapping[str, Any]) -> Workers | None:
    """Return the other machines of an experiment, when there are any and they call this one at an address of its own.

    Raises:
        ExperimentError: a machine cannot be reached, or ``nniManagerIp`` is not an address of this one.
    """
    service = config_value(config, "trainingService")
    if not isinstance(service, Mapping) or config_value(service, "platform") != "remote":
        return None
    peers = [_machine_address(machine) for machine in config_value(service, "machineList") or []]
    given = config_value(config, "nniManagerIp") or config_value(service, "nniManagerIp")
    return None if str(given) == LOOPBACK else Workers(_manager_address(given), tuple(dict.fromkeys(peers)))


def check_port(port: int) -> None:
    """Check that NNI's server can have ``port``.

    Raises:
        ExperimentError: something listens there, or this user may not take it.
    """
    with socket.socket() as probe:
        if os.name == "posix":  # a port whose last connection has just ended is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError) as error:
            raise ExperimentError(
                f"port {port} cannot be taken ({error}): choose another by --port, or stop the experiment that has it:"
                f" nni-autoattend nnictl stop --port {port}"
            ) from error


def check_room(folder: Path) -> None:
    """Check that an experiment can be written below ``folder``.

    Raises:
        StorageError: it cannot be written, or the disk is full.
    """
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    where = f"NNI keeps its experiments in {folder} (experimentWorkingDirectory: FOLDER chooses another)"
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise StorageError(f"{there} cannot be written: {where}")
    free = shutil.disk_usage(there).free
    if free < LEAST_ROOM:
        raise StorageError(f"the disk of {there} is full ({free >> 20} MiB are free): {where}")
    probe = there / f".nni-autoattend-{os.getpid()}"
    try:
        write_atomically(probe, _fill)
    except StorageError as error:
        raise StorageError(f"{error}: {where}") from error
    finally:
        probe.unlink(missing_ok=True)


def check_machine(host: str, port: int) -> str:
    """Check that an SSH server answers; return its address.

    Raises:
        ExperimentError: the host is unknown, does not answer, or something else than SSH does.
    """
    try:
        with socket.create_connection((host, port), timeout=_SSH_SECONDS) as connection:
            address = str(connection.getpeername()[0])
            greeting = connection.recv(4)
    except OSError as error:
        raise ExperimentError(f"the SSH host {host}, port {port}, cannot be reached: {error}") from error
    if greeting != b"SSH-":
        raise ExperimentError(f"{host}, port {port}, is no SSH server; a machine is written as USER@HOST:PORT")
    return address


def _manager_address(given: object) -> str:
    if not given:
        raise ExperimentError("nniManagerIp is missing: the address of this machine that the remote ones can reach")
    try:
        address = str(ipaddress.ip_address(str(given)))
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.bind((address, 0))
    except (ValueError, OSError) as error:
        raise ExperimentError(f"nniManagerIp: {given} is not an address of this machine ({error})") from error
    return address


def _machine_address(machine: Any) -> str:
    host = config_value(machine, "host") if isinstance(machine, Mapping) else None
    if not host:
        raise ExperimentError(f"machineList: a machine has no host: {machine!r}")
    key = config_value(machine, "sshKeyFile")
    if key and not Path(str(key)).expanduser().is_file():
        raise ExperimentError(f"machineList: there is no SSH key file {key}")
    return check_machine(str(host), int(config_value(machine, "port") or _SSH_PORT))


def _is_ours(config: Mapping[str, Any]) -> bool:
    """Tell whether our tuner or our trials are in an experiment; others pass, they only get the closed page.

    Raises:
        ExperimentError: our tuner is not registered.
    """
    tuner = config_value(config, "tuner")
    if isinstance(tuner, Mapping) and str(config_value(tuner, "name")).lower() == TUNER.lower():
        if registration() != "registered":
            raise ExperimentError(f"NNI does not know the tuner {TUNER} yet; run once: nni-autoattend register")
        return True
    return TRIAL_MODULE in str(config_value(config, "trialCommand"))


def _fill(path: Path) -> None:
    path.write_bytes(bytes(2**20))
