"""Operations on graphs that are one layer of torch-geometric."""

from typing import Any

from torch import Tensor

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.graph_operation import GraphOperation


class LayerOperation(GraphOperation):
    """A graph operation whose plain reference is nothing but a layer of torch-geometric.

    Attributes:
        convolution: the layer, called with states and edges; it holds the weights.
    """

    convolution: Any

    def convolve(self, states: Tensor, layout: GraphLayout) -> Tensor:
        """Convolve ``states`` (N, C) with torch-geometric's layer."""
        convolved: Tensor = self.convolution(states, layout.edges)
        return convolved
