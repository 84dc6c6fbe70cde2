"""A trial that hangs, deaf to interrupts, under a real ``nnictl``: ``maxTrialDuration`` ends it, the search goes on."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.nnictl.loopback import loopback_variables

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of an experiment in /proc"),
]

HANG_ONCE = """
import signal, sys, time
from pathlib import Path

from nni_autoattend.nnictl import trial_here, trial_work

def hang(*arguments):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(3600)

hung = Path(__file__).with_name("hung")
if not hung.exists():
    hung.touch()
    {place} = hang
sys.exit(trial_here.work(["autoattend.yml"]))
"""


@pytest.mark.parametrize("place", ["trial_work.do_trial", "trial_here.Reporter"], ids=["at work", "before a word"])
def test_a_trial_that_hangs_is_a_failed_one_and_the_experiment_goes_on(
    place: str, make_experiment: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for (
        name,
        value,
    ) in loopback_variables().items():  # as our door starts it: a plain NNI hands on what was not asked for
        monkeypatch.setenv(name, value)
    script = tmp_path / "hang_once.py"
    script.write_text(HANG_ONCE.format(place=place))
    experiment = make_experiment(trialCommand=f"{sys.executable} {script}", maxTrialDuration="30s")
    experiment.finish()
    states = [trial["status"] for trial in experiment.trials()]
    assert states == ["USER_CANCELED", "SUCCEEDED", "SUCCEEDED"]  # so NNI calls it
    assert not experiment.process(str(script))
    # The strategy was told: its search would still wait for the trial.
    experiment.wait(lambda: (experiment.run_folder / "status.json").exists(), seconds=60)
    assert len({event["key"] for event in experiment.journal("trial")}) == 2
