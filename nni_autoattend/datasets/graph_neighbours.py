"""Mini-batches of a large graph: some nodes, each with a sample of its neighbourhood (Hamilton et al. 2017)."""

from collections.abc import Iterator

import torch
from torch import Tensor

from nni_autoattend.datasets.graph_batches import GraphInput, GraphNodes
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.errors import DataError


def has_sampler() -> bool:
    """Tell whether torch-geometric finds the compiled helpers that its neighbour sampling needs."""
    from torch_geometric import typing

    return bool(typing.WITH_PYG_LIB or typing.WITH_TORCH_SPARSE)


def check_sampler() -> None:
    """Refuse mini-batches that cannot be made.

    Raises:
        DataError: the compiled helpers are missing.
    """
    if not has_sampler():
        raise DataError(
            "mini-batches of a graph need torch-geometric's compiled helpers, and neither pyg-lib nor torch-sparse is "
            "installed: install one of them for this torch, or leave data.neighbours out (the whole graph is one batch)"
        )


def sampled(nodes: GraphNodes, positions: Tensor, batch_size: int) -> Iterator[tuple[GraphInput, Tensor]]:
    """Yield batches of ``batch_size`` targets, each in the graph of what was sampled around them.

    Args:
        nodes: the graph, and how many ``neighbours`` are sampled.
        positions: (m,) int64, the targets by their position, in the order wanted.
        batch_size: targets in a batch (the last one may be smaller).

    The helpers draw from random generators of their own: which neighbours are drawn is not repeated bit for bit.
    """
    from torch_geometric.data import Data
    from torch_geometric.loader import NeighborLoader

    graph = Data(edge_index=nodes.layout.edges, num_nodes=nodes.layout.nodes)
    seeds = nodes.targets[positions]
    counts = list(nodes.neighbours or ())
    loader = NeighborLoader(graph, counts, input_nodes=seeds, batch_size=batch_size, shuffle=False)
    labels_of_batches = torch.split(nodes.labels[positions], batch_size)
    for labels, batch in zip(labels_of_batches, loader, strict=True):
        layout = GraphLayout.of(batch.edge_index, len(batch.n_id))
        # torch-geometric puts the nodes that were asked for first
        yield GraphInput(_rows(nodes.features, batch.n_id), layout, torch.arange(len(labels))), labels


def _rows(features: Tensor, rows: Tensor) -> Tensor:
    """Return some rows of a dense or sparse CSR matrix, of the same kind."""
    if features.layout != torch.sparse_csr:
        return features[rows]
    coordinates: Tensor = torch.index_select(features.to_sparse(), 0, rows)
    return coordinates.to_sparse_csr()
