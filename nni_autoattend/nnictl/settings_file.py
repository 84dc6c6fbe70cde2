"""The settings file of an experiment: which space, which data, how trials are trained. Read without torch and nni.

It lies beside ``experiment.yml`` in the trials' code folder, so that NNI uploads it to other machines; the paths in it
count from its own folder, and no path of the data ever travels in a parameter (NNI's serialiser strips what looks like
a comment: ``#`` and ``//``).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.modality import MODALITIES
from nni_autoattend.recipes import is_path, names
from nni_autoattend.schema import read
from nni_autoattend.yaml_text import read_yaml

SETTINGS_FILE = "autoattend.yml"
_DATA_PATHS = {key for modality in MODALITIES.values() for key in modality.data.PATHS}
ARGUMENTS = "strategy.arguments."
"""Where the overrides begin that only one strategy has."""
_MACHINES_OWN = ("budget", "threads")
"""Keys that may differ between the machines of an experiment, besides the places of the data."""


@dataclass(frozen=True)
class SettingsFile:
    """What the file says.

    Attributes:
        data: the ``data:`` block.
        space: name of a space, or path of a recipe; ``None``: the usual one for the data.
        strategy: name of a strategy, or path of a recipe: how trials of NNI's own tuners are trained; our tuner is told
            its strategy in ``experiment.yml``.
        retrain: the ``retrain:`` block.
        budget: wall-clock limit, seconds or words, that a supernet and its retraining share.
        seed: of the search and of every training.
        threads: torch threads of a trial.
        overrides: dotted keys with new values, as ``--set`` takes them.
        arguments: strategy -> new values of its recipe's ``arguments:``; another strategy's are left alone, so that the
            strategy can be swapped by one word.
    """

    data: dict[str, Any]
    space: str | None = None
    strategy: str = "random"
    retrain: dict[str, Any] = field(default_factory=dict)
    budget: Any = None
    seed: int = 0
    threads: int | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, arguments in self.arguments.items():
            if not is_path(name) and name not in names("strategies"):
                raise UnknownNameError("strategy", name, names("strategies"))
            if not isinstance(arguments, Mapping):
                raise ValueError(f"arguments: {name}: expected keys and values, found {arguments!r}")

    def overrides_of(self, strategy: str) -> dict[str, Any]:
        """Return the overrides with those that only ``strategy`` has."""
        own = self.arguments.get(strategy, {})
        return {**{f"{ARGUMENTS}{key}": value for key, value in own.items()}, **self.overrides}


def read_settings(path: Path, strategy: str | None = None) -> RunSettings:
    """Read and check the settings file at ``path``.

    Args:
        path: the file.
        strategy: name or path of a strategy that goes before the file's.

    Raises:
        AutoAttendError: the file cannot be read, or something in it is unknown or impossible.
    """
    said, folder = _read_file(path), path.absolute().parent
    chosen = strategy or said.strategy
    overrides = said.overrides_of(chosen).items()
    return resolve_settings(
        space=said.space and _recipe(said.space, folder),
        strategy=_recipe(chosen, folder),
        data={key: _placed(key, value, folder) for key, value in said.data.items()},
        retrain=said.retrain,
        budget=said.budget,
        seed=said.seed,
        threads=said.threads,
        overrides={key: _placed(key.removeprefix("data."), value, folder) for key, value in overrides},
    )


def fingerprint(settings: RunSettings) -> str:
    """Return eight characters that tell whether two machines mean the same experiment, wherever its data lie."""
    plain = {key: value for key, value in settings.to_plain().items() if key not in _MACHINES_OWN}
    plain["data"] = {key: value for key, value in plain["data"].items() if key not in _DATA_PATHS}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:8]


def _read_file(path: Path) -> SettingsFile:
    value = read_yaml(path, f"the settings file {path}", RecipeError)
    if isinstance(value, Mapping):
        value = {key: item for key, item in value.items() if item is not None}  # a key left empty
    return read(SettingsFile, value, f"settings file {path}")


def _placed(key: str, value: Any, folder: Path) -> Any:
    """Return a path of the data below ``folder``, unless it is absolute; other values as they are."""
    if key not in _DATA_PATHS or not isinstance(value, str):
        return value
    return str(folder / Path(value).expanduser())


def _recipe(name: str, folder: Path) -> str:
    return str(folder / Path(name).expanduser()) if is_path(name) else name
