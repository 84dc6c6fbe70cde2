import pytest

from nni_autoattend.budget import Deadline, parse_duration
from nni_autoattend.errors import RecipeError


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2d", 172_800), (" 1.5 H ", 5400), ("1h 5 m 3s", 3903)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "m", "m30", "30 minutes", "-5m", "1h,30m", "1w", "soon"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(RecipeError, match="is not a duration; write for example 90s, 30m"):
        parse_duration(text)


def test_no_time_at_all_is_refused() -> None:
    with pytest.raises(RecipeError, match="leaves no time"):
        parse_duration("0m")


def test_a_deadline_runs_down() -> None:
    clock = Clock()
    deadline = Deadline.after(10.0, clock)
    assert (deadline.remaining(), deadline.expired()) == (10.0, False)
    clock.now = 109.0
    assert (deadline.remaining(), deadline.expired()) == (1.0, False)
    clock.now = 120.0
    assert (deadline.remaining(), deadline.expired()) == (0.0, True)


def test_no_budget_never_ends() -> None:
    deadline = Deadline.after(None)
    assert deadline.remaining() == float("inf")
    assert not deadline.expired()
    assert deadline.share(0.5) is deadline


def test_a_share_is_of_the_time_that_is_left() -> None:
    clock = Clock()
    deadline = Deadline.after(100.0, clock)
    clock.now += 20.0
    share = deadline.share(0.5)
    assert share.remaining() == 40.0
    clock.now += 40.0
    assert share.expired() and deadline.remaining() == 40.0
