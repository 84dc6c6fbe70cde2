"""Simple graph convolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor
from torch_geometric.nn import SGConv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_layer import LayerOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.propagation import propagate
from nni_autoattend.settings_graph import Activation

STEPS = 2
"""As published; the released space takes torch-geometric's default of 1, which makes it a GCN."""

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class SGC(LayerOperation):
    """(D'^-1/2 (A + I) D'^-1/2)^2 X W + b (Wu et al. 2019).

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        self.convolution = SGConv(width, width, K=STEPS)

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        for _ in range(STEPS):
            states = propagate(states, layout, "gcn")
        linear = [module.convolution.lin for module in modules]
        return mapped(states, [each.weight for each in linear], [each.bias for each in linear])
