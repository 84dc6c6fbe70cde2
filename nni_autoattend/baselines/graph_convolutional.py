"""Baseline: the graph convolutional network."""

from torch import Tensor, nn
from torch_geometric.nn import GCNConv

from nni_autoattend.baselines.graph_features import drop
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.dimensions_graph import GraphDimensions


class GraphConvolutionalBaseline(nn.Module):
    """Two graph convolutions with ReLU between them and dropout before each.

    Source: Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks" (ICLR 2017). The
    convolutions are torch-geometric's.

    Args:
        dimensions: sizes that the data gives.
        hidden: channels between the convolutions.
        dropout: rate before each of them.
    """

    def __init__(self, dimensions: GraphDimensions, hidden: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.first = GCNConv(dimensions.features, hidden, normalize=False)  # the layout has the normalised matrix
        self.second = GCNConv(hidden, dimensions.classes, normalize=False)

    def forward(self, graph: GraphInput) -> Tensor:
        """Return the logits (targets, classes) of ``graph``."""
        matrix = graph.layout.propagation("gcn").matrix
        hidden = self.first(drop(graph.features, self.dropout, self.training), matrix).relu()
        logits: Tensor = self.second(drop(hidden, self.dropout, self.training), matrix)
        return logits[graph.targets]

    def penalised(self) -> list[nn.Parameter]:
        """Return the weights with an L2 penalty: those of the first convolution, as published."""
        return list(self.first.parameters())
