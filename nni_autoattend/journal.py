"""The journal of a run: every finished evaluation, one line of JSON each, appended and never rewritten.

A resumed search walks its deterministic sequence again and takes from the journal what was measured before the kill.
"""

from pathlib import Path
from typing import Any

from nni_autoattend.errors import RunFolderError
from nni_autoattend.files import append_json_line, read_json_lines


class Journal:
    """Finished evaluations by (stage, key); with a path they outlive the process, without one they do not.

    Raises:
        RunFolderError: the file at ``path`` cannot be read or holds something else.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._records: dict[tuple[str, str], dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        for event in read_json_lines(path) if path else ():
            if not (isinstance(event, dict) and {"stage", "key"} <= event.keys()):
                raise RunFolderError(f"{path} is not a journal: a line has no stage and key: {event!r}")
            self._remember(event)

    def find(self, stage: str, key: str) -> dict[str, Any] | None:
        """Return what was recorded for ``key`` in ``stage``, or ``None``."""
        return self._records.get((stage, key))

    def record(self, stage: str, key: str, **values: Any) -> dict[str, Any]:
        """Append one finished evaluation; ``values`` are JSON values."""
        event = {"stage": stage, "key": key, **values}
        if self.path:
            append_json_line(self.path, event)
        self._remember(event)
        return event

    def of_stage(self, stage: str) -> list[dict[str, Any]]:
        """Return the records of ``stage`` in the order they were made."""
        return [event for event in self.events if event["stage"] == stage]

    def _remember(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        self._records[event["stage"], event["key"]] = event
