"""Is NNI's page open to other machines? A plain ``nnictl create`` opens it; then it is said loudly."""

import contextlib
import json
import logging
import os
import socket

from nni_autoattend.nnictl.loopback import LOOPBACK

_SECONDS = 0.5
# A Linux machine answers on all of 127/8, but there only for servers that listen on every interface; the second is of
# the documentation's network (RFC 5737): no packet is sent, the system only says which own address it would use.
_OTHER_LOOPBACK, _SOMEWHERE = "127.0.0.2", "192.0.2.1"

_logger = logging.getLogger("nni_autoattend.nnictl")


def own_addresses() -> list[str]:
    """Return addresses of this machine besides 127.0.0.1, as far as they can be found without any other package."""
    found = {_OTHER_LOOPBACK}
    with contextlib.suppress(OSError):  # a host name that nobody resolves
        found |= {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):  # no network at all
        probe.connect((_SOMEWHERE, 9))
        found.add(probe.getsockname()[0])
    return sorted(found - {LOOPBACK, "::1"})


def open_addresses(port: int) -> list[str]:
    """Return the addresses besides 127.0.0.1 at which something listens on ``port``; the workers' door is exempt."""
    meant = _workers_address()
    return [address for address in own_addresses() if address != meant and _answers(address, port)]


def warn_if_open(port: int) -> str | None:
    """Warn loudly, in the log, when the node server on ``port`` can be reached from other machines.

    Returns:
        The warning, or ``None`` when the server listens on loopback alone.
    """
    addresses = open_addresses(port)
    if not addresses:
        return None
    warning = (
        f"NNI's page on port {port} is OPEN TO THE NETWORK ({', '.join(addresses)}): it asks for no password, and"
        " whoever reaches it can read every file that you can, and order trials about. Start experiments with"
        " 'nni-autoattend nnictl create ...', or first run: eval \"$(nni-autoattend nnictl env)\""
    )
    _logger.warning(warning)
    return warning


def _answers(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(_SECONDS)
        try:
            return probe.connect_ex((address, port)) == 0
        except OSError:  # an address of a family that is switched off
            return False


def _workers_address() -> str | None:
    workers = os.environ.get("AUTOATTEND_WORKERS")
    return str(json.loads(workers)["address"]) if workers else None
