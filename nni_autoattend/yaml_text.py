"""YAML that a person wrote: what it says, or one line about why it says nothing."""

from pathlib import Path
from typing import Any

import yaml

from nni_autoattend.errors import AutoAttendError


def parse_yaml(text: str, what: str, error: type[AutoAttendError]) -> Any:
    """Return the value of a YAML text.

    Args:
        text: the text.
        what: what to call it in a message (``the settings file a.yml``).
        error: class of the error that tells.

    Raises:
        AutoAttendError: it is not YAML.
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise error(f"{what} is not YAML: {' '.join(str(problem).split())}") from problem


def read_yaml(path: Path, what: str, error: type[AutoAttendError]) -> Any:
    """Return the value of the YAML file at ``path``; see ``parse_yaml``.

    Raises:
        AutoAttendError: it cannot be read, or it is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"cannot read {what}: {problem}") from problem
    return parse_yaml(text, what, error)
