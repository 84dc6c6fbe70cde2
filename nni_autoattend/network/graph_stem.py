"""From the features of nodes to the first state."""

import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.ops.activation import ACTIVATIONS
from nni_autoattend.ops.feature_map import map_features
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.unit_rows import unit_rows
from nni_autoattend.settings_graph import GraphShape


class GraphStem(nn.Module):
    """Dropout, a linear map of each node's features (at unit length) to the state's width, the activation.

    Ours: in the released graph space the first operations map the features themselves, so ``identity`` cannot stand
    there; with a stem all layers offer the same choices, and their states the same width.

    Args:
        features: numbers that describe a node.
        shape: widths and rates.
    """

    def __init__(self, features: int, shape: GraphShape) -> None:
        super().__init__()
        self.projection = nn.Linear(features, shape.width)
        nn.init.xavier_uniform_(self.projection.weight)
        nn.init.zeros_(self.projection.bias)
        self.dropout, self.activation, self.unit = shape.input_dropout, shape.activation, shape.unit_features

    def forward(self, features: Tensor) -> Tensor:
        """Map ``features`` (N, F), dense or sparse CSR, to a state (N, width): the plain reference."""
        scaled = F.normalize(features.to_dense(), dim=1) if self.unit else features.to_dense()
        thinned = F.dropout(scaled, self.dropout, self.training)
        return ACTIVATIONS[self.activation](self.projection(thinned))

    def together(self, features: Tensor, paths: int, noise: Noise | None) -> Tensor:
        """Map ``features`` (N, F), dense or sparse CSR, to states (P, N, width).

        All architectures see the same features and one dropout of them: it costs as much as a layer.
        """
        scaled = unit_rows(features) if self.unit else features
        mapped = map_features(scaled, self.projection.weight, self.projection.bias, self.dropout, noise)
        state = ACTIVATIONS[self.activation](mapped)
        return state.expand(paths, *state.shape)
