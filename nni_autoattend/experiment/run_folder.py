"""The folder of a run: which files it has, when it may be made, continued, or only looked at."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from nni_autoattend.errors import AutoAttendError, RunFolderError, StorageError
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json, write_text
from nni_autoattend.modality import MODALITIES
from nni_autoattend.yaml_text import read_yaml

_FREE = {"budget", *(f"data.{key}" for modality in MODALITIES.values() for key in modality.data.PLACES)}
"""Keys that a resumed run may change: more time, or the same data (its fingerprint says so) at another place."""


def runs_root() -> Path:
    """Return the folder of all runs: ``AUTOATTEND_HOME``, or ``runs`` here."""
    return Path(os.environ.get("AUTOATTEND_HOME") or "runs")


class RunFolder:
    """Paths of a run and what ``run.yaml`` and ``status.json`` say; ``create`` and ``open`` make sure they exist.

    A finished run is never written again, except for its report.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.description_file = path / "run.yaml"
        self.status_file = path / "status.json"
        self.history = path / "history.csv"
        self.journal = path / "journal.jsonl"
        self.checkpoints = path / "checkpoints"
        self.predictions = path / "predictions"
        self.architectures = path / "architectures.jsonl"
        self.best = path / "best.json"
        self.results = path / "results.json"
        self.forecast = path / "forecast.json"
        self.report = path / "report.html"

    @classmethod
    def create(cls, path: Path, settings: RunSettings, fingerprint: str, command: str) -> "RunFolder":
        """Make the folder of a new run at ``path``; its parents are made too.

        Raises:
            RunFolderError: ``path`` holds a run, or files of something else.
            StorageError: the folder cannot be written.
        """
        check_new(path)
        folder = cls(path)
        folder.describe(settings, fingerprint, command)
        return folder

    @classmethod
    def open(cls, path: str | Path) -> "RunFolder":
        """Return the folder of a run that exists.

        Raises:
            RunFolderError: there is no run.
        """
        folder = cls(Path(path))
        if not folder.described:
            raise RunFolderError(f"{folder.path} is no run folder (it has no run.yaml); `list runs` shows the runs")
        return folder

    @property
    def described(self) -> bool:
        """Whether there is a run."""
        return self.description_file.is_file()

    def describe(self, settings: RunSettings, fingerprint: str, command: str) -> None:
        """Write ``run.yaml``: resolved settings, fingerprint of the data, versions, machine, command."""
        description = {
            "settings": settings.to_plain(),
            "data_fingerprint": fingerprint,
            "versions": versions(),
            "machine": machine(),
            "command": command,
            "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        }
        write_text(self.description_file, yaml.safe_dump(description, sort_keys=False, allow_unicode=True, width=110))

    def description(self) -> dict[str, Any]:
        """Return what ``run.yaml`` holds.

        Raises:
            RunFolderError: it cannot be read.
        """
        value = read_yaml(self.description_file, str(self.description_file), RunFolderError)
        if not isinstance(value, dict) or "settings" not in value or "data_fingerprint" not in value:
            raise RunFolderError(f"{self.description_file} does not describe a run")
        return value

    def settings(self) -> RunSettings:
        """Return the settings of the run.

        Raises:
            RunFolderError: ``run.yaml`` cannot be read.
        """
        try:
            return RunSettings.from_plain(self.description()["settings"], str(self.description_file))
        except AutoAttendError as error:
            raise RunFolderError(str(error)) from error

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return bool(self.status_file.is_file() and read_json(self.status_file).get("state") == "finished")

    @property
    def state(self) -> str:
        """``finished``, ``running`` (a living process works on it) or ``unfinished`` (resume it)."""
        if self.finished:
            return "finished"
        return "running" if lock.is_locked(self.path) else "unfinished"

    def finish(self) -> None:
        """Mark the run as finished; from now on nothing but its report is written again."""
        write_json(
            self.status_file,
            {"state": "finished", "finished": datetime.now().astimezone().isoformat(timespec="seconds")},
        )


def check_resumable(folder: RunFolder, settings: RunSettings, fingerprint: str | None = None) -> None:
    """Check that a run may be continued with ``settings`` (and, once it is known, on data of ``fingerprint``).

    Raises:
        RunFolderError: it is finished, or a setting or the data differ; the message names the keys.
    """
    if folder.finished:
        raise RunFolderError(f"{folder.path} is finished and is never overwritten; choose another run folder")
    changed = differences(folder.settings().to_plain(), settings.to_plain())
    if changed:
        told = "; ".join(f"{key} is {old!r} there and {new!r} now" for key, (old, new) in list(changed.items())[:3])
        more = f"; {len(changed) - 3} more keys differ" if len(changed) > 3 else ""
        raise RunFolderError(f"{folder.path} belongs to a run with other settings: {told}{more}")
    if fingerprint is not None and folder.description()["data_fingerprint"] != fingerprint:
        raise RunFolderError(f"{folder.path} belongs to a run on other data: data_fingerprint differs")


def make_folder(path: Path) -> Path:
    """Make ``path`` where it is missing and return it.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the run folder {path}: {error}") from error
    return path


def check_new(path: Path) -> None:
    """Check that a new run may be made at ``path``.

    Raises:
        RunFolderError: a run, or anything else, is there.
    """
    folder = RunFolder(path)
    if path.exists() and not path.is_dir():
        raise RunFolderError(f"{path} is a file; choose another run folder")
    if folder.described:
        advice = "it is finished and is never overwritten" if folder.finished else "continue it with resume"
        raise RunFolderError(f"{path} already holds a run: {advice}, or choose another run folder")
    if path.is_dir() and any(not item.name.startswith(".") for item in path.iterdir()):
        raise RunFolderError(f"{path} holds files that are no run; choose another run folder")


def next_free(root: Path, name: str) -> Path:
    """Make and return the next free ``<name>-NNN`` under ``root``; two processes never get the same one.

    Raises:
        StorageError: the folder cannot be written.
    """
    number = 1
    while True:
        path = root / f"{name}-{number:03d}"
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise StorageError(f"cannot make the run folder {path}: {error}") from error
        else:
            return path


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return dotted key -> (old, new) of the settings that differ, those that may change left out."""
    before, after = _flat(old), _flat(new)
    keys = [key for key in {**before, **after} if key not in _FREE]
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, Mapping):
            flat |= _flat(item, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = item
    return flat
