"""Trial, tuner and manager, each killed with SIGKILL under a real ``nnictl``, and the experiment resumed."""

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of an experiment in /proc"),
]


def slow_settings(settings: dict[str, Any], epochs: int = 40) -> dict[str, Any]:
    """Make trials last a few seconds longer, so that there is time to kill them."""
    overrides = {**settings["overrides"], "strategy.search.epochs": epochs, "strategy.search.checkpoint_minutes": 0}
    return {**settings, "overrides": overrides}


def is_training(experiment: Any) -> bool:
    return any((folder / "checkpoint.pt").exists() for folder in experiment.path.glob("environments/*/trials/*"))


def networks(experiment: Any) -> Counter[str]:
    return Counter(event["key"] for event in experiment.journal("trial"))


@pytest.mark.parametrize("victim", ["manager", "tuner"])
def test_a_killed_manager_or_tuner_loses_no_finished_trial(
    victim: str, make_experiment: Callable[..., Any], toy_settings: Callable[..., Any]
) -> None:
    experiment = make_experiment("regularized-evolution", settings=slow_settings(toy_settings()), maxTrialNumber=4)
    experiment.wait(lambda: len(experiment.succeeded()) >= 2 and is_training(experiment))
    before = {trial["job"]: trial["default"] for trial in experiment.succeeded()}
    experiment.kill(getattr(experiment, victim)())
    if victim == "manager":
        experiment.wait(lambda: not experiment.processes())  # tuner and trial notice, and go
    else:
        experiment.wait(lambda: experiment.status() == "ERROR")
        experiment.stop()
    assert experiment.wait(lambda: not experiment.processes()) is not None
    experiment.resume()
    experiment.finish()
    after = {trial["job"]: trial["default"] for trial in experiment.succeeded()}
    assert len(after) == 4
    assert before.items() <= after.items()
    assert set(networks(experiment).values()) == {1}
    assert len(networks(experiment)) == 4
    experiment.stop()
    assert experiment.wait(lambda: not experiment.processes())


def test_a_killed_trial_is_a_failed_one_and_the_experiment_goes_on(
    make_experiment: Callable[..., Any], toy_settings: Callable[..., Any]
) -> None:
    experiment = make_experiment("random", settings=slow_settings(toy_settings()))
    experiment.wait(lambda: is_training(experiment))
    experiment.kill(experiment.trial())
    experiment.finish()
    states = [trial["status"] for trial in experiment.trials()]
    assert len(states) == 3
    assert states.count("SUCCEEDED") == 2
    assert sum(networks(experiment).values()) == 2


def test_a_supernet_goes_on_from_its_checkpoint_whoever_is_killed(
    make_experiment: Callable[..., Any], toy_settings: Callable[..., Any]
) -> None:
    settings = slow_settings(toy_settings(), epochs=150)
    experiment = make_experiment("autoattend-2core", settings=settings, maxTrialNumber=6)
    search = experiment.path / "run" / "supernet"

    def steps() -> list[int]:
        file = search / "history.csv"
        rows = file.read_text().splitlines()[1:] if file.exists() else []
        return [int(row.split(",")[2]) for row in rows if row.startswith("supernet,")]

    experiment.wait(lambda: len(steps()) > 10)
    experiment.kill(experiment.trial())
    first = max(steps())
    experiment.wait(lambda: max(steps()) > first + 10)
    experiment.kill(experiment.manager())
    experiment.wait(lambda: not experiment.processes())
    second = max(steps())
    experiment.resume()
    experiment.wait(lambda: max(steps()) > second)
    experiment.wait(lambda: len(experiment.succeeded()) == 3)
    experiment.wait(lambda: (experiment.run_folder / "status.json").exists())
    assert steps() == sorted(set(steps()))  # no step was taken twice: each process went on where the last one stood
    assert [trial["status"] for trial in experiment.trials() if trial.get("phase") == "supernet"].count(
        "SUCCEEDED"
    ) == 1
    assert len([trial for trial in experiment.succeeded() if trial["phase"] == "retrain"]) == 2
