from collections.abc import Iterator

import pytest

from nni_autoattend.budget import Deadline
from nni_autoattend.experiment.forecast_clock import PhaseClock, row_of
from nni_autoattend.progress import SilentObserver


class Told(SilentObserver):
    def __init__(self) -> None:
        self.calls: list[str] = []

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        self.calls.append(f"{phase} {total} {done}")

    def advance(self, steps: int = 1, **figures: float) -> None:
        self.calls.append(f"{steps} {figures}")

    def finish(self) -> None:
        self.calls.append("finish")

    def say(self, text: str) -> None:
        self.calls.append(text)


@pytest.fixture
def seconds() -> Iterator[float]:
    return iter(float(number) for number in range(100))


def test_phases_steps_and_rows(seconds: Iterator[float]) -> None:
    clock = PhaseClock(SilentObserver(), lambda: next(seconds))
    clock.start("supernet", 10, done=4)
    clock.advance(2)
    clock.finish()
    for number in (1, 2):
        clock.start(f"retrain found/candidate-{number}/seed0", 3)
        clock.advance(3)
        clock.finish()
    spent = {name: (phase.seconds, phase.steps) for name, phase in clock.spent.items()}
    assert spent == {"supernet": (1.0, 6), "found": (2.0, 6)}
    assert clock.seconds > 3


def test_inner_phases_belong_to_the_outer(seconds: Iterator[float]) -> None:
    clock = PhaseClock(SilentObserver(), lambda: next(seconds))
    clock.start("trials", 2)
    clock.start("retrain x/y/seed0", 50)
    clock.advance(50)
    clock.finish()
    clock.advance(1)
    clock.finish()
    clock.finish()  # one too many harms nobody
    assert list(clock.spent) == ["trials"]
    assert (clock.spent["trials"].steps, clock.spent["trials"].seconds) == (1, 2.0)


def test_everything_is_passed_on() -> None:
    told = Told()
    clock = PhaseClock(told)
    clock.start("supernet", 5, 1)
    clock.advance(2, loss=1.0)
    clock.say("a word")
    clock.finish()
    assert told.calls == ["supernet 5 1", "2 {'loss': 1.0}", "a word", "finish"]


def test_names_of_rows() -> None:
    assert row_of("retrain 5 random architectures/draw-1/seed0") == "5 random architectures"
    assert row_of("second stage") == "second stage"
