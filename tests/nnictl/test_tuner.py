"""The tuner under a stand-in for NNI's dispatcher: its requests, results and ends, in the order NNI sends them."""

import base64
import json
import math
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nni_autoattend.experiment import lock
from nni_autoattend.experiment.door import open_run
from nni_autoattend.experiment.reporting import best_architecture
from nni_autoattend.genes import Genes
from nni_autoattend.journal import Journal
from nni_autoattend.nnictl import search_thread
from nni_autoattend.nnictl.ledger import key_of
from nni_autoattend.nnictl.parameters import BELOW_ALL, by_rank
from nni_autoattend.nnictl.search_space import search_space_json
from nni_autoattend.nnictl.tuner import AutoAttendTuner

GENES = Genes(2, ("addition", "attention"), ("zero", "identity", "conv1", "conv3", "maxpool3", "gru"))


class Dispatcher:
    """NNI's dispatcher and manager in one; every trial's result is ``score(parameters)``, ``None``: it fails."""

    def __init__(self, tuner: AutoAttendTuner, score: Callable[[dict[str, Any]], Any], concurrency: int = 1) -> None:
        self.tuner, self.score, self.concurrency = tuner, score, concurrency
        self.recovered_trial_params: dict[int, Any] = {}
        self.recovered_max_param_id = -1
        self.trials: dict[int, dict[str, Any]] = {}
        self.waiting: list[int] = []
        self.errors: list[str] = []
        self.no_more = False
        self.said = threading.Condition()
        self.numbers = 0

    def send_trial(self, number: int, parameters: dict[str, Any]) -> None:
        with self.said:
            self.trials[number] = json.loads(json.dumps(parameters))
            self.waiting.append(number)
            self.said.notify_all()

    def send(self, command: Any, content: str) -> None:
        with self.said:
            self.no_more = True
            self.said.notify_all()

    def report_error(self, line: str) -> None:
        with self.said:
            self.errors.append(line)
            self.said.notify_all()

    def request(self, count: int) -> None:
        numbers = list(range(self.numbers, self.numbers + count))
        self.numbers += count
        answer = self.tuner.generate_multiple_parameters(numbers, st_callback=self.send_trial)
        if len(answer) < count:
            self.send(None, "")

    def begin(self, search_space: Any = None) -> "Dispatcher":
        self.tuner.update_search_space(search_space_json(GENES) if search_space is None else search_space)
        return self

    def run(self, rng: Random | None = None, trials: int = 10_000) -> "Dispatcher":
        """Drive the experiment until there are no more trials, an error, or ``trials`` ended."""
        self.request(self.concurrency)
        for _ in range(trials):
            number = self.next(rng)
            if number is None:
                break
            self.finish(number)
            self.request(1)
        return self

    def next(self, rng: Random | None) -> int | None:
        with self.said:
            assert self.said.wait_for(lambda: self.waiting or self.no_more or self.errors, 120)
            if self.errors or not self.waiting:
                return None
            return self.waiting.pop(0 if rng is None else rng.randrange(len(self.waiting)))

    def finish(self, number: int) -> None:
        parameters = self.trials[number]
        value = self.score(parameters)
        if value is not None:
            self.tuner.receive_trial_result(number, parameters, value, customized=False, trial_job_id=f"job{number}")
        self.tuner.trial_end(number, value is not None)


@pytest.fixture
def make_tuner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_settings: Callable[..., Any]) -> Any:
    def make(
        strategy: str = "random",
        *,
        trials: int | None = 4,
        platform: str = "local",
        changes: Any = None,
        **arguments: Any,
    ) -> AutoAttendTuner:
        code = tmp_path / "code"
        code.mkdir(exist_ok=True)
        (code / "autoattend.yml").write_text(yaml.safe_dump(toy_settings(**(changes or {}))), encoding="utf-8")
        config = {"trialCodeDirectory": str(code), "maxTrialNumber": trials, "trainingService": {"platform": platform}}
        words = ["nni", "--exp_params", base64.b64encode(json.dumps(config).encode()).decode()]
        monkeypatch.setattr(sys, "argv", words)
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setattr(search_thread, "nursery", lambda *of: nullcontext())
        monkeypatch.setenv("NNI_CHECKPOINT_DIRECTORY", str(tmp_path / "abc" / "checkpoint"))
        return AutoAttendTuner(strategy=strategy, **arguments)

    return make


def fitness(parameters: dict[str, Any]) -> float:
    """Return a score that depends on the network alone."""
    return Random(key_of(GENES.from_sample(parameters))).random()


def found(count: int = 3) -> dict[str, Any]:
    rng = Random(0)
    items = [{"fitness": 0.5 - rank / 8, "architecture": GENES.random(rng).to_json()} for rank in range(count)]
    return {"default": BELOW_ALL, "fitness": 0.5, "found": by_rank(items)}


def one_shot(parameters: dict[str, Any]) -> Any:
    return found() if parameters.get("phase") == "supernet" else {"default": fitness(parameters)}


def wait_for_the_end(tuner: AutoAttendTuner) -> None:
    """Return when the search's thread has let go of the run folder."""
    for thread in threading.enumerate():
        if thread.name == "autoattend-search":
            thread.join(60)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("strategy", ["random", "regularized-evolution", "grid", "tpe"])
def test_a_multi_trial_strategy_drives_trials_to_the_limit(strategy: str, make_tuner: Any, tmp_path: Path) -> None:
    dispatcher = Dispatcher(make_tuner(strategy, trials=6), fitness).begin().run()
    assert (dispatcher.errors, dispatcher.no_more, len(dispatcher.trials)) == ([], True, 6)
    assert len({key_of(GENES.from_sample(parameters)) for parameters in dispatcher.trials.values()}) == 6
    assert {parameters["strategy"] for parameters in dispatcher.trials.values()} == {strategy}
    run = open_run(tmp_path / "abc")
    best = max(dispatcher.trials.values(), key=fitness)
    assert key_of(run.best) == key_of(GENES.from_sample(best))
    assert [candidate.fitness for candidate in run.candidates] == sorted(map(fitness, dispatcher.trials.values()))[::-1]
    wait_for_the_end(dispatcher.tuner)
    assert run.state == "finished"


@pytest.mark.timeout(180)
def test_a_resumed_strategy_trains_nothing_twice(make_tuner: Any) -> None:
    first = Dispatcher(make_tuner("regularized-evolution", trials=12), fitness).begin().run(trials=7)
    first.tuner._search.desk.close()  # the process is gone
    wait_for_the_end(first.tuner)
    over = [first.trials[number] for number in sorted(first.trials) if number not in first.waiting]
    assert len(over) == 7

    again = Dispatcher(make_tuner("regularized-evolution", trials=12), fitness).begin()
    again.tuner.import_data(
        [{"parameter": trial, "value": fitness(trial), "trialJobId": str(number)} for number, trial in enumerate(over)]
    )
    again.run()
    whole = Dispatcher(make_tuner("regularized-evolution", trials=12), fitness)
    done = [key_of(GENES.from_sample(trial)) for trial in (*over, *again.trials.values())]
    assert len(done) == len(set(done)) == 12
    assert whole.trials == {}


@pytest.mark.timeout(180)
def test_a_trial_that_nni_starts_again_is_waited_for_and_not_sent_again(
    make_tuner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nni.runtime import msg_dispatcher

    monkeypatch.setattr(msg_dispatcher, "_trial_params", {})
    first = Dispatcher(make_tuner(trials=3), fitness).begin().run(trials=1)
    running = first.trials[first.next(None)]  # type: ignore[index]
    first.tuner._search.desk.close()
    wait_for_the_end(first.tuner)

    again = Dispatcher(make_tuner(trials=3), fitness).begin()
    again.tuner.import_data([{"parameter": first.trials[0], "value": fitness(first.trials[0]), "trialJobId": "0"}])
    again.recovered_trial_params, again.recovered_max_param_id, again.numbers = {1: running}, 1, 2
    again.trials[1] = running
    again.request(1)
    again.finish(1)
    assert again.next(None) == 2
    again.finish(2)
    again.request(1)
    assert again.next(None) is None
    assert len({key_of(GENES.from_sample(trial)) for trial in again.trials.values()}) == 2
    assert again.recovered_max_param_id == -1


@pytest.mark.timeout(180)
def test_the_supernet_comes_first_and_what_it_found_is_retrained(make_tuner: Any, tmp_path: Path) -> None:
    dispatcher = Dispatcher(make_tuner("autoattend", trials=None), one_shot).begin().run()
    orders = [dispatcher.trials[number] for number in sorted(dispatcher.trials)]
    assert [order["phase"] for order in orders] == ["supernet", "retrain", "retrain"]  # retrain.top_k is 2
    assert set(orders[0]) == {"phase", "strategy", "settings"}
    expected = [item["architecture"] for item in found()["found"].values()]
    assert [GENES.from_sample(order).to_json() for order in orders[1:]] == expected[:2]
    run = open_run(tmp_path / "abc")
    assert [item.architecture.to_json() for item in run.candidates] == expected
    assert best_architecture(run.files) == GENES.from_sample(max(orders[1:], key=fitness))
    assert dispatcher.errors == []


@pytest.mark.timeout(180)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.booleans(), max_size=4), st.integers(1, 3), st.randoms(use_true_random=False))
def test_one_shot_in_any_order_of_results_and_failures(
    make_tuner: Any, tmp_path_factory: pytest.TempPathFactory, failures: list[bool], concurrency: int, rng: Any
) -> None:
    folder = tmp_path_factory.mktemp("experiment")
    plan = iter(failures)
    tries: list[str] = []

    def score(parameters: dict[str, Any]) -> Any:
        tries.append(parameters["phase"])
        fails = next(plan, False)
        return rng.choice([None, math.nan, {"accuracy": 1}]) if fails else one_shot(parameters)

    tuner = make_tuner("autoattend")
    object.__setattr__(tuner.surroundings, "folder", folder)
    dispatcher = Dispatcher(tuner, score, concurrency).begin().run(rng)
    wait_for_the_end(tuner)
    supernets = tries.count("supernet")
    assert tries[:supernets] == ["supernet"] * supernets
    if failures[:3] == [True] * 3:
        assert dispatcher.errors == ["the supernet's trial failed 3 times; its stderr says why"]
        assert supernets == 3
    else:
        assert dispatcher.errors == []
        assert supernets == [*failures, False].index(False) + 1
        assert tries.count("retrain") == min(2, 4 - supernets)
        events = Journal(folder / "run" / "journal.jsonl").of_stage("retrain")
        assert len(events) == len({event["key"] for event in events})
    assert not lock.is_locked(folder / "run")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"strategy": "autoatend"}, "did you mean 'autoattend'"),
        ({"strategie": "x"}, "unknown key 'strategie'"),
        ({"settings": "none.yml"}, "cannot read the settings file"),
    ],
)
def test_bad_class_args_are_an_error_with_the_first_request(arguments: Any, told: str, make_tuner: Any) -> None:
    dispatcher = Dispatcher(make_tuner(**arguments), fitness).begin()
    dispatcher.request(2)
    assert len(dispatcher.errors) == 1 and told in dispatcher.errors[0]
    assert (dispatcher.trials, dispatcher.no_more) == ({}, False)


def test_another_search_space_is_an_error(make_tuner: Any) -> None:
    dispatcher = Dispatcher(make_tuner(), fitness).begin({"x": {"_type": "choice", "_value": [1]}})
    dispatcher.request(1)
    assert "searchSpace: 'x' is no label" in dispatcher.errors[0]


def test_data_that_are_not_there_are_an_error_on_this_machine_only(make_tuner: Any, tmp_path: Path) -> None:
    changes = {"data": {"train": "half#way//none.csv"}}
    dispatcher = Dispatcher(make_tuner("autoattend", changes=changes), one_shot).begin().run()
    assert "none.csv" in dispatcher.errors[0]
    wait_for_the_end(dispatcher.tuner)
    far = Dispatcher(make_tuner("autoattend", platform="remote", changes=changes), one_shot).begin().run()
    assert far.errors == [] and len(far.trials) == 3
    assert open_run(tmp_path / "abc").files.description()["data_fingerprint"].startswith("not read")


def test_ten_failures_and_no_success_are_an_error(make_tuner: Any) -> None:
    tuner = make_tuner("autoattend", trials=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nni_autoattend.nnictl.driving.SUPERNET_TRIES", 100)
        dispatcher = Dispatcher(tuner, lambda parameters: None).begin().run()
    assert dispatcher.errors[0] == "the first 10 trials all failed; the stderr of one on NNI's page says why"
    assert len(dispatcher.trials) == 10


def test_the_end_of_a_successful_trial_fails_nobody(make_tuner: Any) -> None:
    """NNI 3.0 gives whoever asks first the first parameters, and reports the end under the number of the other."""
    dispatcher = Dispatcher(make_tuner("autoattend"), one_shot, concurrency=2).begin()
    dispatcher.request(2)
    dispatcher.finish(dispatcher.next(None))  # type: ignore[arg-type]
    dispatcher.request(1)
    first, second = dispatcher.next(None), dispatcher.next(None)
    for done, named in ((second, first), (first, second)):
        parameters = dispatcher.trials[done]  # type: ignore[index]
        dispatcher.tuner.receive_trial_result(done, parameters, one_shot(parameters))
        dispatcher.tuner.trial_end(named, True)
    wait_for_the_end(dispatcher.tuner)
    assert len(dispatcher.tuner._search._ledger.candidates("retrain")) == 2
    assert dispatcher.no_more and dispatcher.errors == []


def test_the_settings_of_the_beginning_are_kept(make_tuner: Any) -> None:
    first = Dispatcher(make_tuner("autoattend"), one_shot).begin().run(trials=1)
    first.tuner._search.desk.close()
    wait_for_the_end(first.tuner)
    again = make_tuner("autoattend", changes={"seed": 9, "space": "nothing"})
    assert again.settings == first.tuner.settings


def test_imported_rubbish_is_left_out(make_tuner: Any) -> None:
    tuner = make_tuner("autoattend")
    tuner.import_data([{"parameter": {"lr": 0.1}, "value": 1}, {"parameter": None, "value": 3}, {}])
    dispatcher = Dispatcher(tuner, one_shot).begin().run()
    assert (dispatcher.errors, len(dispatcher.trials)) == ([], 3)
