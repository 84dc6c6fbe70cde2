"""A trial, done in this process.

What it does is in its parameters: train a supernet and search it, retrain an architecture, or train one as the
strategy's ``search:`` block says. Neither nni nor Lightning is imported where one network is trained.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from nni_autoattend.errors import AutoAttendError, ExperimentError
from nni_autoattend.experiment.nni_experiments import run_of_trial
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.nnictl.settings_file import SETTINGS_FILE, fingerprint, read_settings
from nni_autoattend.nnictl.trial_channel import Reporter
from nni_autoattend.nnictl.trial_record import begin

_INTERRUPTED = 130


def work(words: Sequence[str]) -> int:
    """Do the trial in this process; return 0, or 2 after one line on standard error."""
    try:
        reporter = Reporter()
        order = Order.from_parameters(reporter.parameters())
        output = output_folder()
        settings = settings_of(order, output, Path(words[0] if words else SETTINGS_FILE))
        if order.strategy is None:  # a tuner of NNI's own
            settings = begin(settings, output)

        from nni_autoattend.nnictl.trial_work import do_trial  # torch

        do_trial(order, settings, output, run_folder(output), reporter)
    except AutoAttendError as error:
        print(f"trial failed: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:  # how NNI cancels a trial
        return _INTERRUPTED
    return 0


def output_folder() -> Path:
    """Return the folder of this trial's files.

    Raises:
        ExperimentError: NNI did not start this process.
    """
    folder = os.environ.get("NNI_OUTPUT_DIR")
    if not folder:
        raise ExperimentError("this command is a trial of an NNI experiment: nnictl create --config experiment.yml")
    return Path(folder)


def run_folder(output: Path) -> RunFolder | None:
    """Return the experiment's run folder, where it is on this disk."""
    path = run_of_trial(output)
    folder = None if path is None else RunFolder(path)
    return folder if folder is not None and folder.described else None


def settings_of(order: Order, output: Path, file: Path) -> RunSettings:
    """Return the settings that the experiment was begun with, or, on another machine, those of the uploaded file.

    Raises:
        AutoAttendError: there are none, or they are not the tuner's.
    """
    folder = run_folder(output)
    settings = read_settings(file, order.strategy) if folder is None else folder.settings()
    if order.settings not in (None, fingerprint(settings)):
        raise ExperimentError(
            f"{file} here says something else than the tuner's (fingerprint {fingerprint(settings)}, the tuner has "
            f"{order.settings}): create a new experiment after changing it, with one version on all machines"
        )
    return settings
