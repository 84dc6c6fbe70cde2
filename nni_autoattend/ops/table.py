"""Edge operations by name. No torch here: names are resolved when an operation is built."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nni_autoattend.architecture import ZERO
from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.modality import ModalityName
from nni_autoattend.names import resolve
from nni_autoattend.ops.entry import Entry
from nni_autoattend.ops.graph_table import GRAPH_OPERATIONS
from nni_autoattend.ops.token_table import TOKEN_OPERATIONS
from nni_autoattend.settings import NetworkShape

if TYPE_CHECKING:
    from nni_autoattend.ops.operation import EdgeOperation

OPERATIONS: dict[ModalityName, dict[str, Entry]] = {"text": TOKEN_OPERATIONS, "graph": GRAPH_OPERATIONS}
"""All operations on states of each kind of data, in the published order; ``zero`` is none: it drops its edge."""

_ALL = {name: entry for table in OPERATIONS.values() for name, entry in table.items()}
"""A name means one thing: what two kinds of data have in common is the same operation."""


def build_operation(name: str, shape: NetworkShape) -> "EdgeOperation[Any]":
    """Build the operation ``name`` for states of networks of ``shape``.

    Raises:
        UnknownNameError: there is no such operation.
    """
    if name not in _ALL:
        raise UnknownNameError("operation", name, _ALL)
    entry = _ALL[name]
    told = {key: getattr(shape, key) for key in entry.takes}
    operation: EdgeOperation[Any] = resolve(entry.class_name)(**told, **entry.fixed)
    return operation


def holds_weights(name: str) -> bool:
    """Tell whether the operation ``name`` has weights; ``zero`` has none.

    Raises:
        UnknownNameError: there is no such operation.
    """
    _check(name, _ALL)
    return name != ZERO and _ALL[name].weights


def check_operations(names: Iterable[str], modality: ModalityName) -> None:
    """Check the names that a space may offer: the operations on its kind of data, and ``zero``.

    Raises:
        UnknownNameError: a name is none of them.
    """
    for name in names:
        _check(name, OPERATIONS[modality])


def check_heads(names: Iterable[str], width: int) -> None:
    """Check that the heads of operations which have a number of their own divide ``width``.

    Raises:
        RecipeError: those of an operation do not.
    """
    for name in names:
        heads = _ALL[name].fixed.get("heads", 1) if name in _ALL else 1
        if width % heads:
            raise RecipeError(f"operation {name!r} has {heads} heads, which must divide the width, found {width}")


def _check(name: str, known: Iterable[str]) -> None:
    names = [ZERO, *known]
    if name not in names:
        raise UnknownNameError("operation", name, names)
