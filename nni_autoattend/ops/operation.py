"""What every edge operation promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.noise import Noise

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class EdgeOperation(nn.Module, ABC):
    """An operation on one edge, from a state to a functional layer.

    It stands twice: ``forward`` is the plain reference, of torch's own layers on padded batches; ``together`` is what
    runs, several modules at once on packed tokens. Tests hold the two equal, in outputs and gradients.

    ``forward`` keeps the shape, zeroes all padded positions of what it returns, and lets no padding and no other row of
    the batch change a real position. It may rely on three things: padded positions of the input are zero, the real
    tokens of a row come before its padding, and every row has at least one.
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

    @classmethod
    @abstractmethod
    def together(cls, modules: Sequence[Self], states: Tensor, layout: TokenLayout, noise: Noise | None) -> Tensor:
        """Transform G states with a module each.

        Args:
            modules: G modules of this class, of the same sizes; one may occur more than once.
            states: (G, T, C), packed. Operations with weights begin with a norm: they get states whose tokens are
                normalised already, without scale and shift (a state that is read often is normalised once).
            layout: of the T tokens.
            noise: the randomness of dropout; ``None``: evaluation, nothing is dropped.

        Returns:
            (G, T, C).
        """


def keep_real(states: Tensor, mask: Tensor) -> Tensor:
    """Return ``states`` (B, L, C), finite everywhere, with zeros at the positions that ``mask`` (B, L) leaves out."""
    return states * mask.unsqueeze(-1)
