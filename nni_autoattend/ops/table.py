"""Edge operations by name. No torch here: names are resolved when an operation is built."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nni_autoattend.architecture import ZERO
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.names import resolve

if TYPE_CHECKING:
    from nni_autoattend.ops.operation import EdgeOperation


@dataclass(frozen=True)
class Entry:
    """How an operation is built.

    Attributes:
        class_name: ``package.module:Class``.
        takes: which properties of the states the class is told, by keyword.
        fixed: further keyword arguments.
        weights: whether it has weights (and so whether a context needs a module of its own for it).
    """

    class_name: str
    takes: tuple[Literal["width", "dropout"], ...] = ()
    fixed: dict[str, Any] = field(default_factory=dict)
    weights: bool = True


TEXT_OPERATIONS: dict[str, Entry] = {
    "identity": Entry("nni_autoattend.ops.identity:Identity", weights=False),
    "conv1": Entry("nni_autoattend.ops.convolution:Convolution", ("width", "dropout"), {"kernel": 1}),
    "conv3": Entry("nni_autoattend.ops.convolution:Convolution", ("width", "dropout"), {"kernel": 3}),
    "maxpool3": Entry("nni_autoattend.ops.max_pooling:MaxPooling", ("width",)),
    "gru": Entry("nni_autoattend.ops.recurrent:BidirectionalGRU", ("width", "dropout")),
}
"""All operations on token states, in the published order; ``zero`` is none: it drops its edge."""


def build_operation(name: str, width: int, dropout: float) -> "EdgeOperation":
    """Build the operation ``name`` for states of ``width`` channels.

    Raises:
        UnknownNameError: there is no such operation.
    """
    if name not in TEXT_OPERATIONS:
        raise UnknownNameError("operation", name, TEXT_OPERATIONS)
    entry = TEXT_OPERATIONS[name]
    told = {"width": width, "dropout": dropout}
    operation: EdgeOperation = resolve(entry.class_name)(**{key: told[key] for key in entry.takes}, **entry.fixed)
    return operation


def holds_weights(name: str) -> bool:
    """Tell whether the operation ``name`` has weights; ``zero`` has none.

    Raises:
        UnknownNameError: there is no such operation.
    """
    check_operations([name])
    return name != ZERO and TEXT_OPERATIONS[name].weights


def check_operations(names: Iterable[str]) -> None:
    """Check the names that a space may offer: the operations and ``zero``.

    Raises:
        UnknownNameError: a name is none of them.
    """
    known = [ZERO, *TEXT_OPERATIONS]
    for name in names:
        if name not in known:
            raise UnknownNameError("operation", name, known)
