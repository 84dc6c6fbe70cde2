"""The config of an experiment as NNI's manager keeps it, read without NNI."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

_HOME = Path("~/nni-experiments")
_CONFIG = "select params from ExperimentProfile where id = ? order by revision desc limit 1"


def stored_config(identifier: str, folder: Path | None = None) -> dict[str, Any]:
    """Return the config of an experiment; empty where there is none to be found (``nnictl`` will say so).

    Args:
        identifier: id of the experiment.
        folder: the folder that its folder lies in; ``None``: where NNI's list of experiments says.
    """
    parent = folder if folder is not None else _folder_of(identifier)
    database = parent / identifier / "db" / "nni.sqlite"
    if not database.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute(_CONFIG, (identifier,)).fetchone()
        config: dict[str, Any] = json.loads(row[0]) if row else {}
    except (sqlite3.Error, ValueError):
        return {}
    return config


def _folder_of(identifier: str) -> Path:
    home = _HOME.expanduser()
    try:
        known = json.loads((home / ".experiment").read_text(encoding="utf-8"))
        return Path(known[identifier]["logDir"])
    except (OSError, ValueError, KeyError, TypeError):
        return home
