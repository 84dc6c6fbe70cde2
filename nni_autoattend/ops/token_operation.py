"""What operations on tokens promise beyond those of all edges."""

from abc import abstractmethod

from torch import Tensor

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.operation import EdgeOperation


class TokenOperation(EdgeOperation[TokenLayout]):
    """An operation on the tokens of texts; it has weights and begins with a norm.

    ``forward`` works on padded batches, ``together`` on packed tokens. ``forward`` keeps the shape, zeroes all padded
    positions of what it returns, and lets no padding and no other row of the batch change a real position. It may rely
    on three things: padded positions of the input are zero, the real tokens of a row come before its padding, and every
    row has at least one.
    """

    normed_input = True

    @abstractmethod
    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Transform ``states``.

        Args:
            states: (B, L, C), zero at padded positions.
            mask: (B, L) bool, true at real tokens.

        Returns:
            (B, L, C), zero at padded positions.
        """


def keep_real(states: Tensor, mask: Tensor) -> Tensor:
    """Return ``states`` (B, L, C), finite everywhere, with zeros at the positions that ``mask`` (B, L) leaves out."""
    return states * mask.unsqueeze(-1)
