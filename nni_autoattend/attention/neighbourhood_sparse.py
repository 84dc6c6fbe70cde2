"""Multi-head attention over the neighbours in a graph as products of sparse matrices."""

from torch import Tensor

from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.edge_gathering import gather_by_scores
from nni_autoattend.ops.edge_scores import inner_scores
from nni_autoattend.ops.noise import Noise


def attend_neighbours(
    query: Tensor, key: Tensor, value: Tensor, layout: GraphLayout, heads: int, rate: float, noise: Noise | None
) -> Tensor:
    """Attend to neighbours; equal to ``neighbourhood.NeighbourhoodAttention``, the plain reference.

    Args:
        query: (G, N, C).
        key: (G, N, C).
        value: (G, N, C).
        layout: of the N nodes.
        heads: they divide the channels.
        rate: dropout on the attention weights.
        noise: its randomness, if there is any.

    Returns:
        (G, N, C).
    """
    edges = layout.looped.for_heads(heads)
    scores = inner_scores(query * (query.shape[2] // heads) ** -0.5, key, edges)
    return gather_by_scores(scores, value, edges, rate, noise)
