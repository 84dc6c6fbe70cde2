"""Propagation by personalised PageRank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch_geometric.nn import conv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_operation import GraphOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.propagation import propagate_with_return
from nni_autoattend.settings_graph import Activation

STEPS = 10
TELEPORT = 0.1
"""Both as published."""

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class APPNP(GraphOperation):
    """A linear map, then ten steps of personalised PageRank (Klicpera et al. 2019).

    Z_0 = H = X W + b; Z_k+1 = 0.9 D'^-1/2 (A + I) D'^-1/2 Z_k + 0.1 H.

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        self.linear = nn.Linear(width, width)
        self.convolution = conv.APPNP(STEPS, TELEPORT)

    def convolve(self, states: Tensor, layout: GraphLayout) -> Tensor:
        """Convolve ``states`` (N, C) with torch-geometric's layer."""
        convolved: Tensor = self.convolution(self.linear(states), layout.edges)
        return convolved

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        start = mapped(states, [m.linear.weight for m in modules], [m.linear.bias for m in modules])
        return propagate_with_return(start, layout, "gcn", STEPS, TELEPORT)
