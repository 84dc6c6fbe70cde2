"""What every edge operation promises."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class EdgeOperation(nn.Module, ABC):
    """An operation on one edge, from a state to a functional layer.

    Subclasses keep the shape, zero all padded positions of what they return, and let no padding and no other row of the
    batch change a real position. They may rely on three things: padded positions of the input are zero, the real tokens
    of a row come before its padding, and every row has at least one.
    """

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
