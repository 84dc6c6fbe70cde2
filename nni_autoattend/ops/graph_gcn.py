"""The graph convolution of Kipf and Welling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor
from torch_geometric.nn import GCNConv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_layer import LayerOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.propagation import propagate
from nni_autoattend.settings_graph import Activation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class GCN(LayerOperation):
    """D'^-1/2 (A + I) D'^-1/2 X W + b (Kipf and Welling 2017).

    With self-loops, as published; the released AutoAttend graph space leaves them out.

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        self.convolution = GCNConv(width, width)

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        passed = propagate(states, layout, "gcn")
        return mapped(passed, [m.convolution.lin.weight for m in modules], [m.convolution.bias for m in modules])
