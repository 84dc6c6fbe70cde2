"""From the last state to the class scores of nodes."""

import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.noise import Noise
from nni_autoattend.settings_graph import GraphShape


class GraphHead(nn.Module):
    """The nodes that are asked for, dropout, a linear map.

    Ours: in the released graph space the last layer makes the scores itself, so its choices differ from the others'.

    Args:
        shape: widths and rates.
        classes: number of labels.
    """

    def __init__(self, shape: GraphShape, classes: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(shape.width, classes)
        nn.init.xavier_uniform_(self.classifier.weight)
        nn.init.zeros_(self.classifier.bias)
        self.dropout = shape.dropout

    def forward(self, states: Tensor, targets: Tensor) -> Tensor:
        """Score the classes of the nodes ``targets`` (n,); states (N, C) -> logits (n, classes)."""
        logits: Tensor = self.classifier(F.dropout(states[targets], self.dropout, self.training))
        return logits

    def together(self, states: Tensor, targets: Tensor, noise: Noise | None) -> Tensor:
        """Score the nodes ``targets`` (n,) for P architectures; states (P, N, C) -> logits (P, n, classes)."""
        asked = states.index_select(1, targets)
        logits: Tensor = self.classifier(thin(asked, self.dropout, noise))
        return logits
