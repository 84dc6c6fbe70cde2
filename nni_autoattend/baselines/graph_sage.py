"""Baseline: GraphSAGE with the mean of the neighbours."""

from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import SAGEConv

from nni_autoattend.baselines.graph_features import drop
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.dimensions_graph import GraphDimensions


class GraphSAGEBaseline(nn.Module):
    """Two layers that add a linear map of the node to one of its neighbours' mean; ReLU between, dropout before each.

    Source: Hamilton et al., "Inductive Representation Learning on Large Graphs" (NIPS 2017), on the whole
    neighbourhood. What a layer makes is scaled to length one (algorithm 1, line 7) where it is longer, as Shchur et al.
    2018 do: without, Photo lost three points. The weights are those of torch-geometric's layers.

    Args:
        dimensions: sizes that the data gives.
        hidden: channels between the layers.
        dropout: rate before each layer.
    """

    def __init__(self, dimensions: GraphDimensions, hidden: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.first = SAGEConv(dimensions.features, hidden)
        self.second = SAGEConv(hidden, dimensions.classes)

    def forward(self, graph: GraphInput) -> Tensor:
        """Return the logits (targets, classes) of ``graph``."""
        matrix = graph.layout.propagation("mean").matrix
        hidden = _convolve(self.first, drop(graph.features, self.dropout, self.training), matrix).relu()
        return _convolve(self.second, drop(hidden, self.dropout, self.training), matrix)[graph.targets]

    def penalised(self) -> list[nn.Parameter]:
        """Return the weights with an L2 penalty: those of the first layer, as Shchur et al. 2018 do."""
        return list(self.first.parameters())


def _convolve(layer: SAGEConv, states: Tensor, matrix: Tensor) -> Tensor:
    """Return what ``layer`` makes of ``states``, no longer than one.

    States are mapped before they are gathered: the messages have as few channels as the result.
    """
    gathered = matrix @ F.linear(states, layer.lin_l.weight)
    convolved: Tensor = gathered + layer.lin_l.bias + F.linear(states, layer.lin_r.weight)
    longer: Tensor = convolved.norm(dim=1, keepdim=True).clamp(min=1)
    return convolved / longer
