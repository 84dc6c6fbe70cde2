"""Blocks of a run with other values under dotted keys."""

from collections.abc import Mapping
from typing import Any


def overridden(block: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``block`` with ``changes``; a key ``shape.dropout`` changes one value of the mapping ``shape``.

    Whether the keys exist is checked by whoever reads the block.
    """
    result = dict(block)
    for key, value in changes.items():
        name, _, inner = key.partition(".")
        within = result.get(name, {})
        if inner and isinstance(within, Mapping):
            result[name] = {**within, inner: value}
        else:
            result[key] = value
    return result
