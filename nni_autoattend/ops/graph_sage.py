"""GraphSAGE's mean aggregator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor
from torch_geometric.nn import SAGEConv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_layer import LayerOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.propagation import propagate
from nni_autoattend.settings_graph import Activation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class SAGE(LayerOperation):
    """mean of the neighbours W_l + X W_r + b (Hamilton et al. 2017); no neighbours have the mean 0.

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        self.convolution = SAGEConv(width, width)

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        convolutions = [module.convolution for module in modules]
        own = mapped(states, [c.lin_r.weight for c in convolutions], [c.lin_l.bias for c in convolutions])
        return mapped(propagate(states, layout, "mean"), [c.lin_l.weight for c in convolutions], added=own)
