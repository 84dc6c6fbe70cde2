"""Baseline: the graph attention network."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import GATConv

from nni_autoattend.baselines.graph_features import drop
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.dimensions_graph import GraphDimensions


class GraphAttentionBaseline(nn.Module):
    """Two layers of additive attention over the neighbourhood, ELU between them and dropout before each.

    Source: Velickovic et al., "Graph Attention Networks" (ICLR 2018): the heads of the first layer are joined, the one
    head of the second gives the classes. The layers are torch-geometric's; as there, the dropout that the authors'
    code, but not the paper, has inside a layer is left out.

    Args:
        dimensions: sizes that the data gives.
        hidden: channels of a head of the first layer.
        heads: heads of the first layer.
        dropout: rate before each layer.
        attention_dropout: rate on attention weights.
    """

    def __init__(
        self, dimensions: GraphDimensions, hidden: int, heads: int, dropout: float, attention_dropout: float
    ) -> None:
        super().__init__()
        self.dropout = dropout
        # A node attends to itself by the loops of the layout's edges.
        self.first = GATConv(dimensions.features, hidden, heads, dropout=attention_dropout, add_self_loops=False)
        self.second = GATConv(hidden * heads, dimensions.classes, dropout=attention_dropout, add_self_loops=False)

    def forward(self, graph: GraphInput) -> Tensor:
        """Return the logits (targets, classes) of ``graph``."""
        edges = torch.stack([graph.layout.looped.sources, graph.layout.looped.targets])
        hidden = F.elu(self.first(drop(graph.features, self.dropout, self.training), edges))
        logits: Tensor = self.second(drop(hidden, self.dropout, self.training), edges)
        return logits[graph.targets]

    def penalised(self) -> list[nn.Parameter]:
        """Return the weights with an L2 penalty: all, as published."""
        return list(self.parameters())
