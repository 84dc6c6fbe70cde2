"""The identity."""

from torch import Tensor

from nni_autoattend.ops.operation import EdgeOperation


class Identity(EdgeOperation):
    """Pass the state on: no norm, no dropout, no weights (as released)."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return ``states`` (B, L, C) itself."""
        return states
