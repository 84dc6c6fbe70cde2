"""From YAML values to dataclasses and back: every key, type and value is checked, and told in one line."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from nni_autoattend.errors import RecipeError, did_you_mean

T = TypeVar("T")


def read(kind: type[T], value: object, where: str) -> T:
    """Build the dataclass ``kind`` from a mapping.

    A class method ``refined(value)`` of the dataclass may name narrower types of its fields, by what the mapping says.

    Args:
        kind: a dataclass whose fields are plain values, tuples of them, literals, unions with ``None``, dataclasses.
        value: what YAML gave.
        where: what to call it in a message (``space recipe 'x'``).

    Raises:
        RecipeError: an unknown or missing key, a wrong type, or a value that the dataclass refuses (``ValueError``).
    """
    if not isinstance(value, Mapping):
        raise RecipeError(f"{where}: expected keys and values, found {value!r}")
    hints = get_type_hints(kind) | _refined(kind, value)
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # T is a dataclass by contract
    for key in value:
        if key not in names:
            raise RecipeError(f"{where}: unknown key {key!r}{did_you_mean(str(key), names)}; known: {', '.join(names)}")
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name not in value and field.default is MISSING and field.default_factory is MISSING:
            raise RecipeError(f"{where}: {field.name!r} is missing")
    read_fields = {name: _read_value(hints[name], item, f"{where}: {name}") for name, item in value.items()}
    try:
        return kind(**read_fields)
    except ValueError as error:
        raise RecipeError(f"{where}: {error}") from error


def to_plain(value: Any) -> Any:
    """Return dataclasses, tuples and paths as the dictionaries, lists and strings that YAML and JSON hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _refined(kind: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    refined = getattr(kind, "refined", None)
    return {} if refined is None else dict(refined(value))


def _read_value(hint: Any, value: object, where: str) -> Any:
    origin = get_origin(hint)
    if hint is Any:
        return value
    if origin in (Union, UnionType):
        return _read_union(hint, value, where)
    if origin is Literal:
        return _read_literal(hint, value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise RecipeError(f"{where}: expected a list, found {value!r}")
        return tuple(_read_value(get_args(hint)[0], item, where) for item in value)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise RecipeError(f"{where}: expected keys and values, found {value!r}")
        return dict(value)
    if is_dataclass(hint) and isinstance(hint, type):
        return value if isinstance(value, hint) else read(hint, value, where)
    return _read_scalar(hint, value, where)


def _read_union(hint: Any, value: object, where: str) -> Any:
    if value is None and NoneType in get_args(hint):
        return None
    inner = [item for item in get_args(hint) if item is not NoneType]
    return _read_value(inner[0], value, where)


def _read_literal(hint: Any, value: object, where: str) -> Any:
    known = get_args(hint)
    if value not in known:
        names = [str(item) for item in known]
        raise RecipeError(f"{where}: {value!r} is unknown{did_you_mean(str(value), names)}; known: {', '.join(names)}")
    return value


def _read_scalar(hint: Any, value: object, where: str) -> Any:
    if hint is float and isinstance(value, str):
        value = _float_of_text(value)  # YAML 1.1 reads 5e-4 as text
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if hint is Path and isinstance(value, str):
        value = Path(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise RecipeError(f"{where}: expected {hint.__name__}, found {value!r}")
    if hint is float and not math.isfinite(value):
        raise RecipeError(f"{where}: expected a finite number, found {value!r}")
    return value


def _float_of_text(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text
