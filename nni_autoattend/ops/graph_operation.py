"""What all weighted operations on graphs have in common: dropout before, an activation after."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.activation import ACTIVATIONS
from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.operation import EdgeOperation
from nni_autoattend.settings_graph import Activation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class GraphOperation(EdgeOperation[GraphLayout]):
    """Dropout, a convolution, an activation; of the convolution a subclass writes both versions.

    Source: the authors' lab's released graph space (dropout on the input of every operation, tanh after it).

    Nodes may be numbered and edges listed in any order: outputs are renumbered with them.

    Args:
        dropout: rate on the input.
        activation: name of what follows.
    """

    normed_input: ClassVar[bool] = False
    """Takes states as they are: a norm, where the network has one, ends the functional layers."""

    def __init__(self, dropout: float, activation: Activation) -> None:
        super().__init__()
        self.dropout, self.activation = dropout, activation

    def forward(self, states: Tensor, layout: GraphLayout) -> Tensor:
        """Transform ``states`` (N, C)."""
        thinned = F.dropout(states, self.dropout, self.training)
        return ACTIVATIONS[self.activation](self.convolve(thinned, layout))

    @classmethod
    def together(cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None) -> Tensor:
        """Transform ``states`` (G, N, C) with a module each."""
        first = modules[0]
        convolved = cls.convolve_together(modules, thin(states, first.dropout, noise), layout, noise)
        return ACTIVATIONS[first.activation](convolved)

    @abstractmethod
    def convolve(self, states: Tensor, layout: GraphLayout) -> Tensor:
        """Convolve ``states`` (N, C) with torch-geometric's own layer: the plain reference."""

    @classmethod
    @abstractmethod
    def convolve_together(
        cls, modules: Sequence[Self], states: Tensor, layout: GraphLayout, noise: Noise | None
    ) -> Tensor:
        """Convolve ``states`` (G, N, C) with a module each; ``noise`` as in ``together``."""
