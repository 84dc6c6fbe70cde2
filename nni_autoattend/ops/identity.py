"""The identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.operation import EdgeOperation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class Identity(EdgeOperation[Any]):
    """Pass the state on, whatever its rows are: no norm, no dropout, no weights (as released)."""

    def forward(self, states: Tensor, where: object) -> Tensor:
        """Return ``states`` itself."""
        return states

    @classmethod
    def together(cls, modules: Sequence[Self], states: Tensor, layout: object, noise: Noise | None) -> Tensor:
        """Return ``states`` (G, T, C) itself."""
        return states
