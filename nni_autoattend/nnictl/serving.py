"""Opening NNI's page to other machines for as long as its experiment runs."""

import asyncio
import contextlib
import socket

from aiohttp import web

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.access import Access
from nni_autoattend.nnictl.loopback import LOOPBACK
from nni_autoattend.nnictl.proxy import proxy_app

_PATIENCE = 3
"""Looks in vain for NNI's server before it counts as ended."""


def check_listen(address: str, port: int) -> None:
    """Check that the proxy can listen there.

    Raises:
        ExperimentError: the address is not of this machine, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise ExperimentError(f"--listen {address}:{port}: cannot listen there: {error}") from error


async def serve(address: str, port: int, target_port: int, access: Access, seconds: float = 2.0) -> None:
    """Run the proxy of 127.0.0.1, ``target_port``, at ``address`` and ``port`` until NNI's server is gone.

    Args:
        address: an address of this machine.
        port: where to listen.
        target_port: port of NNI's server.
        access: who may enter.
        seconds: between two looks whether NNI's server is there.

    Raises:
        ExperimentError: it cannot listen there.
    """
    runner = web.AppRunner(proxy_app(target_port, access), access_log=None)  # a log would hold tokens
    await runner.setup()
    try:
        await web.TCPSite(runner, address, port).start()
        missed = 0
        while missed < _PATIENCE:
            await asyncio.sleep(seconds)
            missed = 0 if await _answers(target_port) else missed + 1
    except OSError as error:
        raise ExperimentError(f"--listen {address}:{port}: cannot listen there: {error}") from error
    finally:
        await runner.cleanup()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
