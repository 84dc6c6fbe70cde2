"""Graph isomorphism convolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.nn import GINConv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_layer import LayerOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.propagation import propagate
from nni_autoattend.ops.stacking import stacked
from nni_autoattend.settings_graph import Activation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class GIN(LayerOperation):
    """MLP((1 + eps) x + sum of the neighbours), eps learned (Xu et al. 2019).

    The MLP is linear, ReLU, linear; its batch normalisation is left out, for states are normalised where the network
    says so.

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        steps = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        self.convolution = GINConv(steps, train_eps=True)

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        convolutions = [module.convolution for module in modules]
        own = states * (1 + stacked([c.eps for c in convolutions]).unsqueeze(2))
        summed = own + propagate(states, layout, "sum")
        first, last = [c.nn[0] for c in convolutions], [c.nn[2] for c in convolutions]
        hidden = F.relu(mapped(summed, [each.weight for each in first], [each.bias for each in first]))
        return mapped(hidden, [each.weight for each in last], [each.bias for each in last])
