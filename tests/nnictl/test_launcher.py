import os
import sys
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl import launcher
from nni_autoattend.nnictl.launcher import SECONDS_TO_START, Asked, prepare, run_nnictl, understand
from nni_autoattend.nnictl.loopback import Workers


def test_a_command_line_is_read_as_nnictl_reads_it() -> None:
    asked = understand(["resume", "--port=8090", "abc", "-e", "there", "-f", "-d"])
    assert asked == Asked("resume", "abc", None, 8090, Path("there"), True)
    asked = understand(["create", "-cx.yml", "--url_prefix", "a/b", "-p", "9"])
    assert asked == Asked("create", None, Path("x.yml"), 9, None, False)
    assert understand([]).verb == "" and understand(["trial", "ls", "abc", "--head", "3"]).verb == "trial"
    for wrong in (["create", "-p"], ["create", "-p", "x"], ["create", "-p", "0"]):
        with pytest.raises(ExperimentError):
            understand(wrong)


def test_resuming_lets_the_machines_of_the_experiment_in(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(launcher, "check_port", asked.append)
    monkeypatch.setattr(launcher, "stored_config", lambda *where: where)
    monkeypatch.setattr(launcher, "workers_of", lambda config: Workers("10.0.0.1", config[:1]))
    variables = prepare(understand(["resume", "abc", "--port", "8090"]))
    assert variables["AUTOATTEND_WORKERS"] == '{"address":"10.0.0.1","peers":["abc"]}'
    assert asked == [8090]
    assert "AUTOATTEND_WORKERS" not in prepare(understand(["view", "abc"]))
    assert "AUTOATTEND_WORKERS" not in prepare(understand(["stop", "abc"]))
    assert asked == [8090, 8080]


def check_rest_server(port: int, retry: int = 3, url_prefix: str | None = None) -> int:
    """NNI's has the same parameters."""
    return retry


@pytest.mark.parametrize(("end", "code"), [(None, 0), (SystemExit(4), 4), (SystemExit(), 0), (SystemExit("no"), 1)])
def test_nnictl_runs_here_with_our_variables(
    monkeypatch: pytest.MonkeyPatch, end: SystemExit | None, code: int
) -> None:
    seen: list[Any] = []

    def parse_args() -> None:
        seen.extend([sys.argv, os.environ["NODE_OPTIONS"]])
        if end is not None:
            raise end

    module = ModuleType("nnictl")
    module.__dict__["parse_args"] = parse_args
    for name in ("nni", "nni.tools", "nni.tools.nnictl", "nni.experiment"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "nni.tools.nnictl.nnictl", module)
    server = ModuleType("launcher")
    server.__dict__["_check_rest_server"] = check_rest_server
    monkeypatch.setitem(sys.modules, "nni.experiment.launcher", server)
    monkeypatch.setattr(sys, "argv", ["pytest"])
    monkeypatch.setenv("NODE_OPTIONS", "")
    assert run_nnictl(["stop", "--all"], {"NODE_OPTIONS": "--ours"}) == code
    assert seen == [["nnictl", "stop", "--all"], "--ours"]
    assert check_rest_server(1) == SECONDS_TO_START


def test_nnis_own_wait_for_its_server_is_the_one_that_is_known() -> None:
    from nni.experiment.launcher import _check_rest_server

    assert list(signature(_check_rest_server).parameters) == ["port", "retry", "url_prefix"]
