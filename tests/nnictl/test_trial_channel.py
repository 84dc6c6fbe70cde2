import json
import math
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl import trial_channel
from nni_autoattend.nnictl.trial_channel import HttpChannel, NniChannel, Reporter

RECORD = {"parameter_id": 7, "parameters": {"strategy": "a # b // c", "layer01_source": 0}}


class Manager(ThreadingHTTPServer):
    """NNI's manager as a trial sees it (``common/command_channel/http.js``)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[Any] = []
        self.answers: list[tuple[int, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/env/local-env/job"


class Handler(BaseHTTPRequestHandler):
    server: Manager

    def do_PUT(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(200, None)

    def do_GET(self) -> None:
        self.answer(*self.server.answers.pop(0))

    def answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody is there: a proxy must not be asked
    monkeypatch.setattr(trial_channel, "_PAUSE", 0.0)
    with Manager() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("NNI_TRIAL_COMMAND_CHANNEL", server.url)
        monkeypatch.setenv("NNI_TRIAL_JOB_ID", "job")
        yield server
        server.shutdown()
        thread.join()


def test_parameters_come_when_the_manager_has_them(manager: Manager) -> None:
    manager.answers = [(408, None), (200, {"type": "parameter", "parameter": json.dumps(RECORD)})]
    assert Reporter().parameters() == RECORD["parameters"]
    assert manager.got == [{"type": "request_parameter"}]


def test_metrics_say_which_trial_they_are_of(manager: Manager) -> None:
    manager.answers = [(200, {"parameter": json.dumps(RECORD)})]
    reporter = Reporter()
    reporter.parameters()
    for value in (0.25, math.nan, 0.5):  # NaN would make the experiment's database unreadable
        reporter.intermediate(value)
    reporter.final({"default": 0.5})
    metrics = [json.loads(command["metric"]) for command in manager.got[1:]]
    own = {"parameter_id": 7, "trial_job_id": "job"}
    assert metrics == [
        {**own, "type": "PERIODICAL", "sequence": 0, "value": "0.25"},
        {**own, "type": "PERIODICAL", "sequence": 1, "value": "0.5"},
        {**own, "type": "FINAL", "sequence": 0, "value": '{"default": 0.5}'},
    ]


def test_nni_reads_what_is_sent(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words through NNI's own channel."""
    import nni
    from nni.runtime.trial_command_channel.v3 import TrialCommandChannelV3

    monkeypatch.delenv("http_proxy")  # NNI's own does ask it
    TrialCommandChannelV3(manager.url).send_metric("FINAL", 7, "job", 0, {"default": 0.5})
    HttpChannel(manager.url).send_metric("FINAL", 7, "job", 0, {"default": 0.5})
    theirs, ours = (nni.load(command["metric"]) for command in manager.got)
    assert {**ours, "value": nni.load(ours["value"])} == {**theirs, "value": nni.load(theirs["value"])}


def test_an_experiment_that_is_over_has_no_parameters(manager: Manager) -> None:
    manager.answers = [(410, None)]
    with pytest.raises(ExperimentError, match="the experiment is over"):
        Reporter().parameters()


def test_a_manager_that_is_gone_is_told(manager: Manager) -> None:
    manager.answers = [(500, None)] * 9
    with pytest.raises(ExperimentError, match="cannot be reached"):
        HttpChannel(manager.url)._request("GET")
    with pytest.raises(ExperimentError, match="cannot be reached"):
        HttpChannel("http://127.0.0.1:9/x").send_metric("FINAL", 1, "job", 0, 0.5)


def test_other_training_services_are_left_to_nni(monkeypatch: pytest.MonkeyPatch) -> None:
    from nni.runtime.trial_command_channel import get_default_trial_command_channel

    monkeypatch.delenv("NNI_TRIAL_COMMAND_CHANNEL", raising=False)
    sent: list[Any] = []
    monkeypatch.setattr(
        get_default_trial_command_channel(), "send_metric", lambda **message: sent.append(message), raising=False
    )
    NniChannel().send_metric("FINAL", 1, "job", 0, 0.5)
    assert sent == [{"type": "FINAL", "parameter_id": 1, "trial_job_id": "job", "sequence": 0, "value": 0.5}]
    assert isinstance(Reporter()._channel, NniChannel)
