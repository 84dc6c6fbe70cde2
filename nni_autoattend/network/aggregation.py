"""What every aggregation promises: what a functional layer does with its operands."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic

from torch import Tensor, nn

from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.operation import Layout


class Aggregation(nn.Module, ABC, Generic[Layout]):
    """The last part of a functional layer.

    As an edge operation it stands twice: ``forward``, the plain reference, and ``together``, which runs.
    """

    @abstractmethod
    def together(self, operands: Sequence[Tensor], layout: Layout, noise: Noise | None) -> Tensor:
        """Finish one layer of G architectures.

        Args:
            operands: each (G, T, C): the sum, for an addition; Query, Key and Value, for an attention.
            layout: of the T rows.
            noise: the randomness of dropout; ``None``: evaluation, nothing is dropped.

        Returns:
            (G, T, C).
        """
