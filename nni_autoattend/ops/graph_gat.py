"""Graph attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.nn import GATConv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.edge_gathering import gather_by_scores
from nni_autoattend.ops.edge_scores import summed_scores
from nni_autoattend.ops.graph_heads import channels_of_head, projected
from nni_autoattend.ops.graph_layer import LayerOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.stacking import stacked
from nni_autoattend.settings_graph import Activation

SLOPE = 0.2
"""Of the scores' leaky ReLU below zero, as published."""

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class GAT(LayerOperation):
    """Softmax over neighbours j, itself among them, of LeakyReLU(a . W x_i + b . W x_j); sum of W x_j, + b.

    Source: Velickovic et al. 2018; self-loops as published (the released AutoAttend graph space leaves them out), heads
    side by side.

    Args:
        width: channels in and out.
        dropout: rate on the input, and on the attention weights.
        activation: name of what follows.
        heads: they divide the width; the heads' results stand side by side.

    Raises:
        ValueError: the heads do not divide the width.
    """

    def __init__(self, width: int, dropout: float, activation: Activation, heads: int) -> None:
        super().__init__(dropout, activation)
        each = channels_of_head(width, heads)
        self.heads = heads
        self.convolution = GATConv(width, each, heads, dropout=dropout, negative_slope=SLOPE)

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        convolutions = [module.convolution for module in modules]
        edges = layout.looped.for_heads(modules[0].heads)
        values = mapped(states, [c.lin.weight for c in convolutions])
        vectors = torch.cat([stacked([getattr(c, name) for c in convolutions]) for name in ("att_dst", "att_src")], 1)
        targets, sources = projected(states, stacked([c.lin.weight for c in convolutions]), vectors)
        scores = F.leaky_relu(summed_scores(targets, sources, edges), SLOPE)
        bias = stacked([c.bias for c in convolutions]).unsqueeze(1)
        return gather_by_scores(scores, values, edges, modules[0].dropout, noise) + bias
