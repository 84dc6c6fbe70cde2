"""Errors that a person can act on: one line that says what is wrong and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class AutoAttendError(Exception):
    """Base of every error caused by input or by the machine; the command line prints it and exits with 2."""

    exit_code = 2


class RecipeError(AutoAttendError):
    """A recipe or a setting has an unknown key, a wrong type or an impossible value."""


class DataError(AutoAttendError):
    """The user's data cannot be used as it stands."""


class ArchitectureError(AutoAttendError):
    """An encoding does not describe an architecture of the space."""


class RunFolderError(AutoAttendError):
    """A run folder belongs to another run, is finished, or cannot be read."""


class StorageError(AutoAttendError):
    """Writing failed (a full disk, a read-only folder); what was saved before is intact."""


class DivergedError(AutoAttendError):
    """Training gives no finite losses any more; its state was saved."""


class ExperimentError(AutoAttendError):
    """An NNI experiment cannot be started, reached or read as asked."""


class UnknownNameError(AutoAttendError):
    """A name that nobody knows; the message lists the known ones and the closest of them."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        super().__init__(f"unknown {kind} {name!r}{did_you_mean(name, self.known)}; known: {', '.join(self.known)}")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the closest known name, or an empty string."""
    close = get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""
