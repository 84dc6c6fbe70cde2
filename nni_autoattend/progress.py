"""What long work tells whoever watches: phases, steps, figures. No rich, no torch: the command line draws it."""

from typing import Protocol

from nni_autoattend.budget import Deadline


class Observer(Protocol):
    """Life of a phase: ``start`` once, ``advance`` for every finished step, ``finish`` once; ``say`` at any time."""

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        """A phase begins.

        Args:
            phase: its name.
            total: steps that are expected; ``None``: unknown.
            done: those of them that an earlier run did.
            deadline: the phase ends then, however far it is.
        """

    def advance(self, steps: int = 1, **figures: float) -> None:
        """``steps`` steps are done; ``figures`` are the newest values of what is measured (``loss=1.2``)."""

    def finish(self) -> None:
        """The phase that was started last is over."""

    def say(self, text: str) -> None:
        """One line for the person."""


class SilentObserver:
    """Watches and says nothing."""

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""
