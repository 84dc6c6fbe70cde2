"""A linear map of each node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_operation import GraphOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings_graph import Activation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class LinearMap(GraphOperation):
    """W x + b for each node by itself; nothing flows along the edges.

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        self.convolution = nn.Linear(width, width)

    def convolve(self, states: Tensor, layout: GraphLayout) -> Tensor:
        """Map ``states`` (N, C)."""
        mapped_states: Tensor = self.convolution(states)
        return mapped_states

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        return mapped(states, [m.convolution.weight for m in modules], [m.convolution.bias for m in modules])
