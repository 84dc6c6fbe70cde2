"""Baseline: approximate personalised propagation of neural predictions (APPNP)."""

from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import APPNP

from nni_autoattend.baselines.graph_features import drop
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.dimensions_graph import GraphDimensions


class APPNPBaseline(nn.Module):
    """A network of two linear maps on every node alone, whose predictions then spread by personalised PageRank.

    Source: Klicpera et al., "Predict then Propagate: Graph Neural Networks meet Personalized PageRank" (ICLR 2019),
    eq. 4; ``dropout`` falls on the features, the hidden states and, anew in every step, on the propagation matrix.
    torch-geometric's layer drops from what the step before has left of the matrix, which after ten steps is nothing:
    it passes the messages here, the steps are counted by us.

    Args:
        dimensions: sizes that the data gives.
        hidden: channels between the linear maps.
        dropout: rate of all dropouts.
        steps: K, steps of propagation.
        alpha: share of a node's own prediction in every step.
    """

    def __init__(self, dimensions: GraphDimensions, hidden: int, dropout: float, steps: int, alpha: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.first = nn.Linear(dimensions.features, hidden)
        self.second = nn.Linear(hidden, dimensions.classes)
        self.propagation = APPNP(steps, alpha, normalize=False)  # the layout has the normalised matrix

    def forward(self, graph: GraphInput) -> Tensor:
        """Return the logits (targets, classes) of ``graph``."""
        features = drop(graph.features, self.dropout, self.training)
        hidden = F.linear(features, self.first.weight, self.first.bias).relu()
        alone = self.second(drop(hidden, self.dropout, self.training))
        return self._spread(alone, graph.layout.propagation("gcn").matrix)[graph.targets]

    def penalised(self) -> list[nn.Parameter]:
        """Return the weights with an L2 penalty: those of the first map, as published."""
        return list(self.first.parameters())

    def _spread(self, alone: Tensor, matrix: Tensor) -> Tensor:
        alpha, states = self.propagation.alpha, alone
        for _ in range(self.propagation.K):
            kept = drop(matrix, self.dropout, self.training)
            gathered = self.propagation.propagate(kept, x=states, edge_weight=None)
            states = (1 - alpha) * gathered + alpha * alone
        return states
