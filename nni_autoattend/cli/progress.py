"""Progress on standard error: bars with the time left on a terminal, now and then a line anywhere else."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from nni_autoattend.budget import Deadline
from nni_autoattend.progress import Observer

LINE_EVERY_SECONDS = 20.0


@contextlib.contextmanager
def observing() -> Iterator[Observer]:
    """Yield an observer that draws on standard error; its display ends with the block."""
    console = Console(file=sys.stderr, highlight=False)
    if not console.is_terminal:
        yield LineObserver(lambda line: print(line, file=sys.stderr, flush=True))
        return
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),  # figures want the room of a narrow terminal
        MofNCompleteColumn(),
        TimeLeftColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
        console=console,
        speed_estimate_period=600.0,  # a step may be a whole epoch
    ) as progress:
        yield BarObserver(progress)


class TimeLeftColumn(ProgressColumn):
    """The time until a phase has done its steps or its deadline comes, whichever is sooner."""

    max_refresh = 0.5  # seconds; estimates that change faster cannot be read

    def render(self, task: Task) -> Text:
        """Return the cell of a bar."""
        left = time_left(task.time_remaining, task.fields["deadline"])
        return Text("-:--" if left is None else duration(left), style="progress.remaining")


class BarObserver:
    """Draws a bar for every phase that is not over; a phase within a phase leaves no line behind."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: list[TaskID] = []

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        """Show a bar for ``phase``."""
        self._bars.append(self._progress.add_task(phase, total=total, completed=done, figures="", deadline=deadline))

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Move the newest bar and show the newest figures."""
        if not self._bars:
            return
        self._progress.advance(self._bars[-1], steps)
        if figures:
            self._progress.update(self._bars[-1], figures=told(figures))

    def finish(self) -> None:
        """Take the newest bar away; the outermost leaves a line instead."""
        if not self._bars:
            return
        bar = self._bars.pop()
        task = next(task for task in self._progress.tasks if task.id == bar)
        self._progress.remove_task(bar)
        if not self._bars:
            self.say(summary(task.description, int(task.completed), task.elapsed or 0.0, str(task.fields["figures"])))

    def say(self, text: str) -> None:
        """Write a line above the bars."""
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


@dataclass
class _Phase:
    name: str
    total: int | None
    done: int
    deadline: Deadline | None
    began: float
    steps: int = 0
    figures: dict[str, float] = field(default_factory=dict)


class LineObserver:
    """Writes lines: one when a phase begins, one when it is over, and one every ``LINE_EVERY_SECONDS`` in between.

    A phase within a phase (a trial's training within the trials) is only told of in the lines in between.
    """

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._phases: list[_Phase] = []
        self._told = clock()

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        """Say that ``phase`` begins."""
        self._phases.append(_Phase(phase, total, done, deadline, self._clock()))
        if len(self._phases) == 1:
            steps = "" if total is None else f": {total} steps"
            self._tell(f"{phase}{steps}" + (f", {done} of them done before" if done else ""))

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Count steps; say how far the phase is when the last line is old."""
        if not self._phases:
            return
        phase = self._phases[-1]
        phase.steps += steps
        phase.figures |= figures
        if self._clock() - self._told >= LINE_EVERY_SECONDS:
            self._tell("; ".join(self._how_far(phase) for phase in self._phases))

    def finish(self) -> None:
        """Say that the newest phase is over, unless it is within another."""
        phase = self._phases.pop() if self._phases else None
        if phase is not None and not self._phases:
            elapsed = self._clock() - phase.began
            self._tell(summary(phase.name, phase.done + phase.steps, elapsed, told(phase.figures)))

    def say(self, text: str) -> None:
        """Write a line."""
        self._tell(text)

    def _tell(self, line: str) -> None:
        self._told = self._clock()
        self._write(line)

    def _how_far(self, phase: _Phase) -> str:
        done = phase.done + phase.steps
        if phase.total is None:
            return f"{phase.name}: {done} steps  {told(phase.figures)}".rstrip()
        pace = (self._clock() - phase.began) / phase.steps if phase.steps else None
        left = time_left(None if pace is None else pace * max(0, phase.total - done), phase.deadline)
        until = "" if left is None else f", {duration(left)} left"
        return f"{phase.name}: {done}/{phase.total}{until}  {told(phase.figures)}".rstrip()


def time_left(estimate: float | None, deadline: Deadline | None) -> float | None:
    """Return the seconds until a phase ends: those of its steps or those of its deadline; ``None``: unknown."""
    until_deadline = float("inf") if deadline is None else deadline.remaining()
    sooner = min(until_deadline, float("inf") if estimate is None else estimate)
    return None if sooner == float("inf") else sooner


def told(figures: dict[str, float]) -> str:
    """Return ``loss 1.234  score 0.5``."""
    return "  ".join(f"{name} {value:.4g}" for name, value in figures.items())


def duration(seconds: float) -> str:
    """Return seconds as ``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def summary(phase: str, steps: int, elapsed: float, figures: str) -> str:
    """Return the line that stands for a phase that is over."""
    return f"{phase}: {steps} steps in {duration(elapsed)}  {figures}".rstrip()
