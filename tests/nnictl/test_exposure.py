import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nni_autoattend.nnictl import exposure
from nni_autoattend.nnictl.exposure import open_addresses, own_addresses, warn_if_open

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.0.2 of themselves")


@contextmanager
def listening(address: str) -> Iterator[int]:
    with socket.socket() as server:
        server.bind((address, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_server_on_loopback_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    with listening("127.0.0.1") as port:
        assert open_addresses(port) == []
        assert warn_if_open(port) is None
    assert caplog.records == []


@linux
def test_a_server_on_every_interface_is_open(caplog: pytest.LogCaptureFixture) -> None:
    with listening("0.0.0.0") as port, caplog.at_level(logging.WARNING):
        assert "127.0.0.2" in open_addresses(port)
        warning = warn_if_open(port)
    assert warning is not None and f"port {port} is OPEN TO THE NETWORK (" in warning
    assert "nni-autoattend nnictl env" in warning
    assert caplog.messages == [warning]


def test_the_address_that_other_machines_know_is_among_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "a-name-that-nobody-knows.invalid")
    assert own_addresses()[0] == "127.0.0.2"
    assert "127.0.0.1" not in own_addresses()


@linux
def test_the_door_of_the_workers_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposure, "own_addresses", lambda: ["127.0.0.2"])
    with listening("127.0.0.2") as port:
        assert open_addresses(port) == ["127.0.0.2"]
        monkeypatch.setenv("AUTOATTEND_WORKERS", '{"address":"127.0.0.2","peers":[]}')
        assert open_addresses(port) == []


def test_an_address_of_a_family_that_is_not_there_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposure, "own_addresses", lambda: ["fe80::1%nowhere", "2001:db8::1"])
    assert open_addresses(9) == []
