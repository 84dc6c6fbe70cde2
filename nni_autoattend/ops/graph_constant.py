"""The same weight for every neighbour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch_geometric.nn import SimpleConv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_operation import GraphOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.propagation import propagate
from nni_autoattend.settings_graph import Activation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class Constant(GraphOperation):
    """Mean of W x over the neighbours and the node itself, + b.

    GraphNAS (Gao et al. 2020) calls it ``const`` and takes the sum; with the mean, weights sum to one as in the
    operations beside it, and nodes with a thousand neighbours do not drown the activation.

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        self.linear = nn.Linear(width, width)
        self.convolution = SimpleConv(aggr="mean", combine_root="self_loop")

    def convolve(self, states: Tensor, layout: GraphLayout) -> Tensor:
        """Convolve ``states`` (N, C) with torch-geometric's layer."""
        convolved: Tensor = self.convolution(self.linear(states), layout.edges)
        return convolved

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        passed = propagate(states, layout, "looped-mean")
        return mapped(passed, [m.linear.weight for m in modules], [m.linear.bias for m in modules])
