"""Trials on other machines over SSH: NNI's remote training service."""

import json
import socket
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nni_autoattend.errors import ExperimentError

_SSH_PORT = 22


@dataclass(frozen=True)
class Remote:
    """One machine that runs trials.

    Attributes:
        user, host, port: where to knock.
        key: private key file on this machine.
        python: interpreter on that machine, in full: a trial runs with a bare PATH.
    """

    user: str
    host: str
    port: int
    key: Path
    python: str


def parse_remote(text: str, key: Path | None, python: str | None = None) -> Remote:
    """Read ``USER@HOST[:PORT]``.

    Args:
        text: what was written; an IPv6 address stands in brackets.
        key: private key file; ``None``: ``~/.ssh/id_rsa``.
        python: interpreter there; ``None``: at the same place as here.

    Raises:
        ExperimentError: it is not of that form, or the interpreter's path is not absolute.
    """
    user, at, rest = text.rpartition("@")
    host, port = split_address(rest, _SSH_PORT) if at and user else ("", _SSH_PORT)
    if not host or any(character.isspace() for character in text):
        raise ExperimentError(f"--remote {text}: write it as USER@HOST or USER@HOST:PORT")
    interpreter = python or sys.executable
    if not PurePosixPath(interpreter).is_absolute():
        raise ExperimentError(f"--remote-python {interpreter}: give the interpreter in full, such as /usr/bin/python3")
    return Remote(user, host, port, (key or Path("~/.ssh/id_rsa")).expanduser().absolute(), interpreter)


def split_address(text: str, default_port: int | None = None) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT`` or ``[IPV6]:PORT``.

    Raises:
        ExperimentError: no host, or no port where there is no default, or one that is none.
    """
    host, colon, port = text.rpartition(":")
    if default_port is not None and (not colon or (text.startswith("[") and text.endswith("]"))):
        host, port = text, str(default_port)
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else "" if ":" in host else host
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ExperimentError(f"{text!r} is not of the form ADDRESS:PORT (an IPv6 address stands in brackets)")
    return host, int(port)


def own_address_towards(host: str, port: int) -> str:
    """Return the address of this machine that ``host`` sees; no packet is sent.

    Raises:
        ExperimentError: the host's name is unknown, or no network leads there.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise ExperimentError(f"cannot find a way to {host}: {error}") from error


def training_service(remotes: tuple[Remote, ...]) -> str:
    """Return the lines of ``experiment.yml`` that say where trials run."""
    if not remotes:
        return "trainingService:\n  platform: local\n"
    address = own_address_towards(remotes[0].host, remotes[0].port)
    machines = "".join(_machine(remote) for remote in remotes)
    return REMOTE.format(address=address, machines=machines)


def _machine(remote: Remote) -> str:
    values = {
        "host": remote.host,
        "port": remote.port,
        "user": remote.user,
        "sshKeyFile": str(remote.key),
        "pythonPath": str(PurePosixPath(remote.python).parent),
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "    - " + "\n      ".join(lines) + "\n"


REMOTE = """\
# The machines below call this one back at nniManagerIp; `nni-autoattend nnictl` opens that address to them alone.
# The folder of this file is copied to them (keep it small); data must lie where the settings file says.
nniManagerIp: {address}
trainingService:
  platform: remote
  machineList:
{machines}"""
