"""How an edge operation is built from its name. No torch here."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """How an operation is built.

    Attributes:
        class_name: ``package.module:Class``.
        takes: which fields of the network's shape the class is told, by keyword.
        fixed: further keyword arguments.
        weights: whether it has weights (and so whether a context needs a module of its own for it).
    """

    class_name: str
    takes: tuple[str, ...] = ()
    fixed: dict[str, Any] = field(default_factory=dict)
    weights: bool = True
