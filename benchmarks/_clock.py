"""How long work took, interruptions included: a stopwatch whose reading outlives the process."""

import json
import time
from pathlib import Path

from nni_autoattend.budget import Deadline
from nni_autoattend.files import write_json
from nni_autoattend.progress import Observer

_WRITE_EVERY = 5.0


class KeptClock:
    """An observer that passes everything on and, while it is told of progress, keeps wall and CPU time in a file.

    A kill costs at most the seconds since the last step that was told; work that is done again counts again.

    Args:
        path: the file; its reading is continued where it exists.
        observer: who is told.
    """

    def __init__(self, path: Path, observer: Observer) -> None:
        self.path, self.observer = path, observer
        self._wall, self._cpu = _reading(path)
        self.resumed = path.exists()
        self._began = self._written = time.monotonic()
        self._cpu_began = time.process_time()

    @property
    def wall_seconds(self) -> float:
        """Wall-clock time so far."""
        return self._wall + time.monotonic() - self._began

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all threads so far."""
        return self._cpu + time.process_time() - self._cpu_began

    def write(self) -> None:
        """Keep the reading."""
        self._written = time.monotonic()
        write_json(self.path, {"wall_seconds": self.wall_seconds, "cpu_seconds": self.cpu_seconds})

    def start(self, phase: str, total: int | None = None, done: int = 0, deadline: Deadline | None = None) -> None:
        """Pass on."""
        self.observer.start(phase, total, done, deadline)

    def advance(self, steps: int = 1, **figures: float) -> None:
        """Pass on, and keep the reading now and then."""
        self.observer.advance(steps, **figures)
        if time.monotonic() - self._written >= _WRITE_EVERY:
            self.write()

    def finish(self) -> None:
        """Pass on."""
        self.observer.finish()

    def say(self, text: str) -> None:
        """Pass on."""
        self.observer.say(text)


def _reading(path: Path) -> tuple[float, float]:
    if not path.exists():
        return 0.0, 0.0
    value = json.loads(path.read_text(encoding="utf-8"))
    return float(value["wall_seconds"]), float(value["cpu_seconds"])
