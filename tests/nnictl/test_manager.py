from typing import Any

import pytest

from nni_autoattend.nnictl.manager import Later, Manager
from nni_autoattend.nnictl.parameters import SUPERNET, Order


class Dispatcher:
    """What NNI's dispatcher shows to its tuner."""

    def __init__(self) -> None:
        self.recovered_trial_params: dict[int, Any] = {}
        self.recovered_max_param_id = -1
        self.said: list[tuple[str, Any]] = []

    def send_trial(self, number: int, parameters: Any) -> None:
        self.said.append(("trial", number))

    def send(self, command: Any, content: str) -> None:
        self.said.append((command.name, content))

    def report_error(self, line: str) -> None:
        self.said.append(("error", line))


def test_what_the_callback_does_not_offer_is_behind_it() -> None:
    dispatcher = Dispatcher()
    manager = Manager(dispatcher.send_trial)
    manager.send_trial(3, {})
    manager.no_more()
    manager.fail("why")
    assert dispatcher.said == [("trial", 3), ("NoMoreTrialJobs", ""), ("error", "why")]


def test_recovered_trials_are_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from nni.runtime import msg_dispatcher

    monkeypatch.setattr(msg_dispatcher, "_trial_params", {})
    dispatcher = Dispatcher()
    dispatcher.recovered_trial_params = {4: {"phase": "supernet"}, 5: {"layer01_kind": "addition"}, 6: {}}
    dispatcher.recovered_max_param_id = 6
    manager = Manager(dispatcher.send_trial)
    assert manager.take_over_recovered() == {4: Order({}, SUPERNET), 5: Order({"layer01_kind": "addition"})}
    assert dispatcher.recovered_max_param_id == -1  # NNI tells us their results and ends like those of others
    assert msg_dispatcher._trial_params == dispatcher.recovered_trial_params


def test_a_new_experiment_has_nothing_to_take_over() -> None:
    assert Manager(Dispatcher().send_trial).take_over_recovered() == {}
    assert Manager(lambda number, parameters: None).take_over_recovered() == {}


def test_a_callback_without_an_owner_is_enough_to_send_trials() -> None:
    manager = Manager(lambda number, parameters: None)
    manager.no_more()
    manager.fail("nobody hears it")


def test_later_is_as_long_as_asked_and_empty() -> None:
    later = Later(3)
    assert len(later) == 3
    assert list(iter(later)) == []
    with pytest.raises(IndexError):
        later[0]


def test_nnis_dispatcher_takes_later_for_trials_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dispatcher itself: it neither sends anything nor says that there are no more trials."""
    from nni.runtime.msg_dispatcher import MsgDispatcher

    class Tuner:
        def generate_multiple_parameters(self, numbers: list[int], st_callback: Any) -> Later:
            return Later(len(numbers))

    dispatcher = MsgDispatcher("ws://_unittest_later_", Tuner())
    sent: list[Any] = []
    monkeypatch.setattr(dispatcher, "send", lambda command, content: sent.append(command))
    dispatcher.handle_request_trial_jobs(2)
    assert sent == []
