"""The environment in which NNI's node server listens on 127.0.0.1 alone."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
_NAMES = ("loopback", "patience", "machines", "own_parameters")
SCRIPTS = tuple(Path(__file__).with_name(f"{name}.js") for name in _NAMES)
"""What node preloads; they say what they do."""


@dataclass(frozen=True)
class Workers:
    """Who, besides this machine, may reach the node server: the machines of the remote training service.

    Attributes:
        address: the one address of this machine that they reach it by.
        peers: their own addresses.
    """

    address: str
    peers: tuple[str, ...]


def loopback_variables(environment: Mapping[str, str] = os.environ, workers: Workers | None = None) -> dict[str, str]:
    """Return the variables with which an NNI server listens on loopback alone, and is mended in what SCRIPTS say.

    Args:
        environment: what is set already; its ``NODE_OPTIONS`` are kept.
        workers: let these in, on their address, to their channel; nobody else.
    """
    options = environment.get("NODE_OPTIONS", "").strip()
    for wanted in map(_required, SCRIPTS):
        options = options if wanted in options else f"{options} {wanted}".strip()
    variables = {"NODE_OPTIONS": options}
    if workers is not None:
        variables["AUTOATTEND_WORKERS"] = json.dumps(asdict(workers), separators=(",", ":"))
    return variables


def _required(script: Path) -> str:
    """Return the option that preloads a script; node undoes backslashes inside of double quotes, and only there."""
    return '--require "{}"'.format(re.sub(r'(["\\])', r"\\\1", str(script)))
