"""Edge operations by name."""

from collections.abc import Callable

from nni_autoattend.architecture import ZERO
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.ops.convolution import Convolution
from nni_autoattend.ops.identity import Identity
from nni_autoattend.ops.max_pooling import MaxPooling
from nni_autoattend.ops.operation import EdgeOperation
from nni_autoattend.ops.recurrent import BidirectionalGRU

OperationBuilder = Callable[[int, float], EdgeOperation]
"""(width, dropout) -> operation."""

TEXT_OPERATIONS: dict[str, OperationBuilder] = {
    "identity": lambda width, dropout: Identity(),
    "conv1": lambda width, dropout: Convolution(width, 1, dropout),
    "conv3": lambda width, dropout: Convolution(width, 3, dropout),
    "maxpool3": lambda width, dropout: MaxPooling(width),
    "gru": lambda width, dropout: BidirectionalGRU(width, dropout),
}
"""All operations on token states, in the published order; ``zero`` is none: it drops its edge."""

_WEIGHTLESS = frozenset({ZERO, "identity"})


def build_operation(name: str, width: int, dropout: float) -> EdgeOperation:
    """Build the operation ``name`` for states of ``width`` channels.

    Raises:
        UnknownNameError: there is no such operation.
    """
    if name not in TEXT_OPERATIONS:
        raise UnknownNameError("operation", name, TEXT_OPERATIONS)
    return TEXT_OPERATIONS[name](width, dropout)


def holds_weights(name: str) -> bool:
    """Tell whether the operation ``name`` has weights (and so whether a context needs a module of its own for it).

    Raises:
        UnknownNameError: there is no such operation.
    """
    if name not in TEXT_OPERATIONS and name not in _WEIGHTLESS:
        raise UnknownNameError("operation", name, [*TEXT_OPERATIONS, ZERO])
    return name not in _WEIGHTLESS
