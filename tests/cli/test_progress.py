import io
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from nni_autoattend.budget import Deadline
from nni_autoattend.cli.progress import (
    BarObserver,
    LineObserver,
    TimeLeftColumn,
    duration,
    observing,
    summary,
    time_left,
    told,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines() -> list[str]:
    return []


def test_lines_tell_the_time_left(clock: Clock, lines: list[str]) -> None:
    observer = LineObserver(lines.append, clock)
    observer.start("supernet", 100, done=20)
    for _ in range(10):
        clock.now += 3.0
        observer.advance(loss=1.23456)
    observer.say("a word")
    clock.now = 60.0
    observer.finish()
    assert lines == [
        "supernet: 100 steps, 20 of them done before",
        "supernet: 27/100, 3:39 left  loss 1.235",
        "a word",
        "supernet: 30 steps in 1:00  loss 1.235",
    ]


def test_a_deadline_may_come_before_the_last_step(clock: Clock, lines: list[str]) -> None:
    observer = LineObserver(lines.append, clock)
    observer.start("trials", 1000, deadline=Deadline.after(100.0, clock))
    for _ in range(2):
        clock.now += 30.0
        observer.advance()
    assert lines[1:] == ["trials: 1/1000, 1:10 left", "trials: 2/1000, 0:40 left"]


def test_the_sooner_end_is_told(clock: Clock) -> None:
    deadline = Deadline.after(100.0, clock)
    assert [time_left(estimate, deadline) for estimate in (20.0, 200.0, None)] == [20.0, 100.0, 100.0]
    assert [time_left(20.0, end) for end in (None, Deadline())] == [20.0, 20.0]
    assert time_left(None, Deadline()) is None


def test_a_bar_tells_the_time_left(clock: Clock) -> None:
    with Progress(TimeLeftColumn(), console=Console(file=io.StringIO())) as progress:
        observer = BarObserver(progress)
        observer.start("trials", 1000)
        observer.start("fit", 10, deadline=Deadline.after(100.0, clock))
        assert [TimeLeftColumn().render(task).plain for task in progress.tasks] == ["-:--", "1:40"]


def test_phases_may_contain_phases(clock: Clock, lines: list[str]) -> None:
    observer = LineObserver(lines.append, clock)
    observer.start("trials", 2)
    observer.start("trial-0", 10)
    clock.now = 30.0
    observer.advance(5, loss=0.5)
    observer.finish()
    observer.advance(fitness=0.75)
    observer.finish()
    assert lines == [
        "trials: 2 steps",
        "trials: 0/2; trial-0: 5/10, 0:30 left  loss 0.5",
        "trials: 1 steps in 0:30  fitness 0.75",
    ]


def test_a_phase_of_unknown_length_has_no_time_left(clock: Clock, lines: list[str]) -> None:
    observer = LineObserver(lines.append, clock)
    observer.start("reading")
    clock.now = 25.0
    observer.advance(3)
    assert lines[-1] == "reading: 3 steps"


@pytest.mark.parametrize("steps", [0, 3])
def test_calls_outside_of_phases_do_nothing(clock: Clock, lines: list[str], steps: int) -> None:
    observer = LineObserver(lines.append, clock)
    observer.advance(steps)
    observer.finish()
    assert lines == []


def test_bars_follow_the_phases() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    with Progress(TextColumn("{task.description}", markup=False), console=console) as progress:
        observer = BarObserver(progress)
        observer.start("outer [x]", 10, done=4)
        observer.start("inner")
        assert [(task.description, task.total, task.completed) for task in progress.tasks] == [
            ("outer [x]", 10, 4),
            ("inner", None, 0),
        ]
        observer.advance(2, score=0.5)
        assert progress.tasks[1].completed == 2
        assert progress.tasks[1].fields["figures"] == "score 0.5"
        observer.finish()
        observer.advance()
        assert [task.completed for task in progress.tasks] == [5]
        observer.finish()
        observer.finish()
        observer.advance()
        observer.say("[bold]not markup[/bold]")
        assert progress.tasks == []
    assert "inner: 2 steps" not in stream.getvalue()
    assert "outer [x]: 5 steps in 0:00" in stream.getvalue()
    assert "[bold]not markup[/bold]" in stream.getvalue()


def test_without_a_terminal_progress_is_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with observing() as observer:
        assert isinstance(observer, LineObserver)
        observer.say("hello")
    assert capsys.readouterr() == ("", "hello\n")


def test_on_a_terminal_progress_is_bars(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with observing() as observer:
        assert isinstance(observer, BarObserver)
        observer.start("supernet", 4)
        observer.advance()
        observer.finish()
    out, err = capsys.readouterr()
    assert out == ""
    assert "supernet: 1 steps in" in err


def test_texts() -> None:
    assert told({"loss": 0.123456, "score": 1.0}) == "loss 0.1235  score 1"
    assert [duration(seconds) for seconds in (0, 59.6, 61, 3723)] == ["0:00", "1:00", "1:01", "1:02:03"]
    assert summary("x", 3, 61.0, "") == "x: 3 steps in 1:01"
