"""The run of an experiment whose tuner is one of NNI's own: its trials keep it, as our tuner does otherwise.

NNI alone knows when such an experiment is over, so its run stays ``unfinished`` in ``list runs``.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nni_autoattend.datasets.by_modality import load_splits
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.nni_experiments import experiment_of, run_of_trial
from nni_autoattend.experiment.run_folder import RunFolder, make_folder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.nnictl.config_value import config_value
from nni_autoattend.nnictl.ledger import Ledger
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.nnictl.stored import stored_config

_PATIENCE = 60.0  # seconds to wait for trials that begin or end at the same time


def begin(settings: RunSettings, output: Path) -> RunSettings:
    """Begin the run, unless an earlier trial has; return its settings.

    Args:
        settings: what this trial's settings file says.
        output: the trial's own folder. On the disk of another machine there is no run.

    Raises:
        AutoAttendError: the folder cannot be written, or the data cannot be read.
    """
    run = run_of_trial(output)
    experiment = None if run is None else experiment_of(run)
    if run is None or experiment is None:
        return settings
    with lock.locked(make_folder(run), _PATIENCE):
        folder = RunFolder(run)
        if not folder.described:
            tuner = config_value(stored_config(experiment, run.parent.parent), "tuner") or {}
            name = str(config_value(tuner, "name") or settings.strategy.name)
            settings = replace(settings, strategy=replace(settings.strategy, name=name))
            folder.describe(settings, load_splits(settings.data).fingerprint(), "nnictl create --config experiment.yml")
        return folder.settings()


def record(order: Order, run: RunFolder, output: Path, value: Mapping[str, Any]) -> None:
    """Keep what a trial came to, and its model where it is the best so far.

    Args:
        order: what the trial did.
        run: the run.
        output: the trial's own folder, its model in it.
        value: its final metric.

    Raises:
        AutoAttendError: the folder cannot be written.
    """
    with lock.locked(run.path, _PATIENCE):
        Ledger(run, run.settings()).record(order, value, output.name)
