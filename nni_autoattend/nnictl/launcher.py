"""``nnictl`` in an environment in which its server listens on 127.0.0.1 alone, after a look at what could go wrong."""

import argparse
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.loopback import Workers, loopback_variables
from nni_autoattend.nnictl.prechecks import check_before_create, check_port, workers_of
from nni_autoattend.nnictl.stored import stored_config

SECONDS_TO_START = 20
"""How long ``nnictl`` waits for its server to answer: instead of three seconds, in which a busy machine starts none."""
STARTING = ("create", "resume", "view")
"""Verbs of ``nnictl`` that start its server."""


@dataclass(frozen=True)
class Asked:
    """What is asked of ``nnictl``, as far as it matters here.

    Attributes:
        verb: the first word.
        id: the experiment that is resumed or viewed.
        config: the experiment file.
        port: port of the page on this machine.
        folder: where the experiment's folder lies.
        foreground: ``nnictl`` stays until the experiment ends.
    """

    verb: str
    id: str | None
    config: Path | None
    port: int
    folder: Path | None
    foreground: bool


def understand(arguments: Sequence[str]) -> Asked:
    """Read the command line of ``nnictl``.

    Raises:
        ExperimentError: the port is no port, or an option lacks its value.
    """
    parser = _Parser(add_help=False, prog="nnictl")
    parser.add_argument("verb", nargs="?", default="")
    parser.add_argument("id", nargs="?")
    parser.add_argument("--config", "-c", type=Path)
    parser.add_argument("--port", "-p", type=int, default=8080)
    parser.add_argument("--experiment_dir", "-e", type=Path, dest="folder")
    parser.add_argument("--foreground", "-f", action="store_true")
    parser.add_argument("--url_prefix", "-u", dest="_prefix")
    found = vars(parser.parse_known_intermixed_args(list(arguments))[0])
    asked = Asked(**{name: value for name, value in found.items() if not name.startswith("_")})
    if not 0 < asked.port < 65536:
        raise ExperimentError(f"--port {asked.port}: expected a number from 1 to 65535")
    return asked


def prepare(asked: Asked) -> dict[str, str]:
    """Check what could go wrong; return the variables to start ``nnictl`` with.

    Raises:
        AutoAttendError: what is wrong, and what to do.
    """
    workers: Workers | None = None
    if asked.verb == "create":
        if asked.config is None:
            raise ExperimentError("which experiment? nni-autoattend nnictl create --config experiment.yml")
        workers = check_before_create(asked.config, asked.port)
    elif asked.verb in STARTING:
        check_port(asked.port)
        if asked.verb == "resume" and asked.id is not None:
            workers = workers_of(stored_config(asked.id, asked.folder))
    return loopback_variables(workers=workers)


def run_nnictl(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run ``nnictl`` in this process, with more environment variables, and return its exit code.

    Another process would import NNI, which takes its seconds, once more.
    """
    os.environ.update(variables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports pkg_resources
        from nni.experiment.launcher import _check_rest_server
        from nni.tools.nnictl.nnictl import parse_args
    _check_rest_server.__defaults__ = (SECONDS_TO_START, None)
    sys.argv = ["nnictl", *arguments]
    try:
        parse_args()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ExperimentError(f"nnictl: {message}")
