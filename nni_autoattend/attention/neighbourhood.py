"""Multi-head attention over the neighbours in a graph, without projections: the plain reference."""

import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.datasets.graph_layout import GraphLayout


class NeighbourhoodAttention(nn.Module):
    """Each node i attends to the nodes j that send to it, and to itself.

    score(i, j) = q_i . k_j / sqrt(C / H) for each head, softmax over j, dropout, sum of v_j. As for texts there are no
    weights: Query, Key and Value are made by the edge operations before it. The released graph space leaves a node out
    of its own neighbours; here it is one of them: else a node without neighbours would lose its state, and no node
    could keep its own value.

    What runs is ``neighbourhood_sparse``, equal and several times faster.

    Args:
        heads: number of heads; they divide the channels.
        dropout: rate on the attention weights while training.
    """

    def __init__(self, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout

    def forward(self, query: Tensor, key: Tensor, value: Tensor, layout: GraphLayout) -> Tensor:
        """Attend with ``query``, ``key`` and ``value``, each (N, C); return (N, C)."""
        from torch_geometric.utils import scatter, softmax  # seconds to import: only the reference needs them

        sources, targets = layout.looped.sources, layout.looped.targets
        query, key, value = (states.view(len(states), self.heads, -1) for states in (query, key, value))
        scores = (query[targets] * key[sources]).sum(2) * query.shape[2] ** -0.5  # (E, H)
        weights = F.dropout(softmax(scores, targets, num_nodes=layout.nodes), self.dropout, self.training)
        attended: Tensor = scatter(weights.unsqueeze(2) * value[sources], targets, dim_size=layout.nodes)
        return attended.flatten(1)
