"""How a contract says what is broken: one line in an ``AssertionError``."""

from typing import Any


def require(holds: object, line: str) -> None:
    """Raise ``AssertionError(line)`` unless ``holds``; unlike ``assert`` it works under ``python -O`` too."""
    if not holds:
        raise AssertionError(line)


def brief(value: Any, length: int = 120) -> str:
    """Return ``value`` for a message, cut where a sample of a hundred labels would flood it."""
    text = " ".join(str(value).split())
    return text if len(text) <= length else f"{text[: length - 3]}..."
