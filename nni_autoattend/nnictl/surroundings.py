"""What a tuner can know of its experiment: its folder, the trials' code folder, how many trials there may be."""

import base64
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nni_autoattend.errors import ExperimentError
from nni_autoattend.experiment.nni_experiments import RUN


@dataclass(frozen=True)
class Surroundings:
    """The experiment of a tuner.

    Attributes:
        folder: NNI's folder of the experiment; its name is the experiment's id.
        code: the trials' code folder, where the settings file lies.
        name: name of the experiment.
        trials: how many trials there may be, ``None``: no limit.
        local: trials run on this machine.
        port: where the manager listens.
        prefix: first part of the paths that it answers (``nnictl create --url_prefix``): empty, or ``/`` and a name.
    """

    folder: Path
    code: Path
    name: str = ""
    trials: int | None = None
    local: bool = True
    port: int | None = None
    prefix: str = ""

    @classmethod
    def of_tuner(cls, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> "Surroundings":
        """Return what NNI's manager told this process: a folder in its environment, the config as an argument.

        Raises:
            ExperimentError: this process was not started by NNI's manager.
        """
        told = os.environ if environment is None else environment
        checkpoint = told.get("NNI_CHECKPOINT_DIRECTORY")
        config = _config(arguments or sys.argv)
        if not checkpoint or config is None:
            raise ExperimentError("this tuner works below NNI's manager alone: nnictl create --config experiment.yml")
        service = config.get("trainingService")
        channel = urlsplit(told.get("NNI_TUNER_COMMAND_CHANNEL", ""))
        return cls(
            folder=Path(checkpoint).parent,
            code=Path(config.get("trialCodeDirectory") or "."),
            name=str(config.get("experimentName") or ""),
            trials=config.get("maxTrialNumber"),
            local=isinstance(service, Mapping) and service.get("platform") == "local",
            port=channel.port,
            prefix=channel.path.rpartition("/")[0],
        )

    @property
    def run(self) -> Path:
        """Our run folder."""
        return self.folder / RUN


def _config(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return the config of the experiment that NNI's dispatcher was started with."""
    for flag, value in pairwise(arguments):
        if flag == "--exp_params":
            config: dict[str, Any] = json.loads(base64.b64decode(value))
            return config
    return None
