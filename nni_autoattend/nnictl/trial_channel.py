"""A trial's line to NNI: its parameters, its intermediate results, its final one.

NNI 3.0's managers speak plain HTTP; speaking it here saves the seconds that ``import nni`` takes in every trial. Other
training services are left to NNI's own channel. The module-level functions of nni are not used: a strategy that runs
inside a trial redirects them to its own engine.
"""

import json
import math
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Literal, Protocol

from nni_autoattend.errors import ExperimentError

MetricKind = Literal["PERIODICAL", "FINAL"]
_CLOSED, _NOTHING_YET = 410, 408
_TRIES, _PAUSE = 5, 0.5


class Channel(Protocol):
    """What carries a trial's messages."""

    def receive_parameter(self) -> Mapping[str, Any] | None:
        """Return the record with ``parameter_id`` and ``parameters``."""

    def send_metric(self, kind: MetricKind, number: int | None, job: str, sequence: int, value: Any) -> None:
        """Send a metric."""


class HttpChannel:
    """NNI 3.0's command channel.

    Args:
        url: ``NNI_TRIAL_COMMAND_CHANNEL``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        # A proxy of the environment is for the world outside, not for NNI's manager.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def receive_parameter(self) -> Mapping[str, Any] | None:
        """Ask for parameters and wait for them; ``None``: the channel was closed."""
        self._request("PUT", {"type": "request_parameter"})
        while True:
            status, body = self._request("GET")
            if status == _CLOSED:
                return None
            if status != _NOTHING_YET:
                record: Mapping[str, Any] = json.loads(json.loads(body)["parameter"])
                return record

    def send_metric(self, kind: MetricKind, number: int | None, job: str, sequence: int, value: Any) -> None:
        """Send a metric."""
        metric = {
            "parameter_id": number,
            "trial_job_id": job,
            "type": kind,
            "sequence": sequence,
            "value": json.dumps(value, allow_nan=False),
        }
        self._request("PUT", {"type": "metric", "metric": json.dumps(metric)})

    def _request(self, method: str, command: object = None) -> tuple[int, str]:
        data = None if command is None else json.dumps(command).encode()
        request = urllib.request.Request(self.url, data, {"Content-Type": "application/json"}, method=method)
        for tried in range(1, _TRIES + 1):
            try:
                with self._opener.open(request) as response:
                    return response.status, response.read().decode()
            except urllib.error.HTTPError as error:
                if error.code in (_CLOSED, _NOTHING_YET):
                    return error.code, ""
                problem: OSError = error
            except OSError as error:
                problem = error
            time.sleep(_PAUSE * tried)
        raise ExperimentError(f"NNI's manager at {self.url} cannot be reached any more: {problem}")


class NniChannel:
    """NNI's own channel, for training services that speak something else."""

    def __init__(self) -> None:
        from nni.runtime.trial_command_channel import get_default_trial_command_channel

        self._channel = get_default_trial_command_channel()

    def receive_parameter(self) -> Mapping[str, Any] | None:
        """Ask for parameters and wait for them."""
        record: Mapping[str, Any] | None = self._channel.receive_parameter()
        return record

    def send_metric(self, kind: MetricKind, number: int | None, job: str, sequence: int, value: Any) -> None:
        """Send a metric."""
        self._channel.send_metric(type=kind, parameter_id=number, trial_job_id=job, sequence=sequence, value=value)


class Reporter:
    """The trial's messages in order.

    Args:
        channel: carries them; ``None``: what the environment names.
    """

    def __init__(self, channel: Channel | None = None) -> None:
        url = os.environ.get("NNI_TRIAL_COMMAND_CHANNEL", "")
        self._channel = channel or (HttpChannel(url) if url.startswith("http://") else NniChannel())
        self._job = os.environ.get("NNI_TRIAL_JOB_ID", "")
        self._number: int | None = None
        self._sequence = 0

    def parameters(self) -> object:
        """Return the parameters of this trial.

        Raises:
            ExperimentError: there are none any more.
        """
        record = self._channel.receive_parameter()
        if record is None:
            raise ExperimentError("NNI has no parameters for this trial: the experiment is over")
        self._number = record.get("parameter_id")
        return record["parameters"]

    def intermediate(self, value: float) -> None:
        """Report an intermediate result; one that is not finite is left out, because NNI cannot store it."""
        if math.isfinite(value):
            self._channel.send_metric("PERIODICAL", self._number, self._job, self._sequence, value)
            self._sequence += 1

    def final(self, value: Mapping[str, Any]) -> None:
        """Report the final result."""
        self._channel.send_metric("FINAL", self._number, self._job, 0, dict(value))
