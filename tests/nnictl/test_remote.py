import sys
from pathlib import Path

import pytest
import yaml

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.remote import Remote, own_address_towards, parse_remote, split_address, training_service

KEY = Path("/keys/id")


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [
        ("me@far", "me", "far", 22),
        ("me@far:2222", "me", "far", 2222),
        ("me@mail@far.example:22", "me@mail", "far.example", 22),
        ("me@[2001:db8::1]:2222", "me", "2001:db8::1", 2222),
        ("me@[2001:db8::1]", "me", "2001:db8::1", 22),
    ],
)
def test_a_machine_is_user_host_and_port(text: str, user: str, host: str, port: int) -> None:
    assert parse_remote(text, KEY) == Remote(user, host, port, KEY, sys.executable)


@pytest.mark.parametrize(
    "text", ["far", "@far", "me@", "me@:22", "me@far:", "me@far:ssh", "me@far:0", "me@2001:db8::1", "m e@far"]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ExperimentError, match=r"is not of the form|write it as USER@HOST"):
        parse_remote(text, KEY)


def test_the_interpreter_is_given_in_full() -> None:
    assert parse_remote("me@far", None, "/opt/py/bin/python").python == "/opt/py/bin/python"
    with pytest.raises(ExperimentError, match="give the interpreter in full"):
        parse_remote("me@far", KEY, "python3")


def test_an_address_needs_its_port() -> None:
    assert split_address("0.0.0.0:9000") == ("0.0.0.0", 9000)
    assert split_address("[::1]:9000") == ("::1", 9000)
    for text in ("9000", ":9000", "127.0.0.1", "::1:9000", "127.0.0.1:65536", "127.0.0.1:\uff19"):
        with pytest.raises(ExperimentError, match="is not of the form ADDRESS:PORT"):
            split_address(text)


def test_our_own_address_is_the_one_that_leads_there() -> None:
    assert own_address_towards("127.0.0.1", 22) == "127.0.0.1"
    with pytest.raises(ExperimentError, match=r"cannot find a way to nowhere\.invalid"):
        own_address_towards("nowhere.invalid", 22)


def test_the_block_is_what_nni_reads() -> None:
    assert yaml.safe_load(training_service(())) == {"trainingService": {"platform": "local"}}
    one = Remote("me", "127.0.0.1", 2222, Path('/keys/größe "1"'), "/opt/py/bin/python")
    block = yaml.safe_load(training_service((one, Remote("you", "127.0.0.1", 22, KEY, "/usr/bin/python3"))))
    assert block["nniManagerIp"] == "127.0.0.1"
    first, second = block["trainingService"]["machineList"]
    assert first == {
        "host": "127.0.0.1",
        "port": 2222,
        "user": "me",
        "sshKeyFile": '/keys/größe "1"',
        "pythonPath": "/opt/py/bin",
    }
    assert (second["user"], second["pythonPath"]) == ("you", "/usr/bin")
