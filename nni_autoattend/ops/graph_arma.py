"""ARMA filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor
from torch_geometric.nn import ARMAConv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_layer import LayerOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.propagation import propagate
from nni_autoattend.settings_graph import Activation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class ARMA(LayerOperation):
    """ReLU(D^-1/2 A D^-1/2 X W + X V + b): one stack of one ARMA_1 filter (Bianchi et al. 2021), as released.

    Without the ReLU it would be ``Chebyshev`` again; the network's activation follows it all the same.

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        self.convolution = ARMAConv(width, width)
        self.convolution.weight = None  # that of further layers, which there are none of

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        convolutions = [module.convolution for module in modules]  # their weights are turned: (1, 1, in, out)
        own = mapped(states, [c.root_weight[0, 0].T for c in convolutions], [c.bias[0, 0, 0] for c in convolutions])
        passed = propagate(states, layout, "symmetric")
        return F.relu(mapped(passed, [c.init_weight[0].T for c in convolutions], added=own))
