"""Chebyshev polynomials of the graph's Laplacian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor
from torch_geometric.nn import ChebConv

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_operation import GraphOperation
from nni_autoattend.ops.linear_maps import mapped
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.propagation import propagate
from nni_autoattend.settings_graph import Activation

_LARGEST = 2.0
"""What the eigenvalues of the normalised Laplacian are at most."""

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class Chebyshev(GraphOperation):
    """X W_0 + L' X W_1 + b: the polynomials of degree 0 and 1 (K = 2, as released) of the scaled Laplacian L'.

    L' = L - I = -D^-1/2 A D^-1/2 with the largest eigenvalue set to 2 (Defferrard et al. 2016).

    Args:
        width: channels in and out.
        dropout: rate on the input.
        activation: name of what follows.
    """

    def __init__(self, width: int, dropout: float, activation: Activation) -> None:
        super().__init__(dropout, activation)
        self.convolution = ChebConv(width, width, K=2)

    def convolve(self, states: Tensor, layout: GraphLayout) -> Tensor:
        """Convolve ``states`` (N, C) with torch-geometric's layer."""
        convolved: Tensor = self.convolution(states, layout.edges, lambda_max=_LARGEST)
        return convolved

    @classmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C); see ``GraphOperation.convolve_together``."""
        convolutions = [module.convolution for module in modules]
        own = mapped(states, [c.lins[0].weight for c in convolutions], [c.bias for c in convolutions])
        return mapped(propagate(states, layout, "laplacian"), [c.lins[1].weight for c in convolutions], added=own)
