"""What every edge operation promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from torch import Tensor, nn

from nni_autoattend.ops.noise import Noise

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11

Layout = TypeVar("Layout")
"""How the rows of a state hang together: ``TokenLayout``, ``GraphLayout``."""


class EdgeOperation(nn.Module, ABC, Generic[Layout]):
    """An operation on one edge, from a state to a functional layer.

    It stands twice: ``forward`` is the plain reference, of other people's layers on one state; ``together`` is what
    runs, several modules at once. Tests hold the two equal, in outputs and gradients. What ``forward`` takes beside the
    states is a matter of the data: see ``TokenOperation`` and ``GraphOperation``.

    Attributes:
        normed_input: ``together`` gets states whose rows are normalised already, without scale and shift: a state that
            is read often is normalised once. Asked of operations with weights only.
    """

    normed_input: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def together(cls, modules: Sequence[Self], states: Tensor, layout: Layout, noise: Noise | None) -> Tensor:
        """Transform G states with a module each.

        Args:
            modules: G modules of this class, of the same sizes; one may occur more than once.
            states: (G, T, C), T rows (tokens, nodes) each; see ``normed_input``.
            layout: of the T rows.
            noise: the randomness of dropout; ``None``: evaluation, nothing is dropped.

        Returns:
            (G, T, C).
        """
