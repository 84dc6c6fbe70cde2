from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import torch
import torch_geometric.loader
from torch import Tensor

from nni_autoattend.datasets.graph_batches import GraphNodes
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.datasets.graph_neighbours import check_sampler, has_sampler, sampled
from nni_autoattend.errors import DataError

EDGES = torch.tensor([[0, 1, 2, 3, 4, 5, 0, 0], [1, 2, 3, 4, 5, 0, 2, 3]])


def some_nodes(features: Tensor) -> GraphNodes:
    return GraphNodes(features, GraphLayout.of(EDGES, 6), torch.tensor([5, 3, 0]), torch.tensor([2, 1, 0]), (-1,))


@pytest.mark.skipif(has_sampler(), reason="the compiled helpers are installed")
def test_the_message_where_the_helpers_are_missing():
    with pytest.raises(DataError, match="pyg-lib nor torch-sparse is installed: install one of them for this torch"):
        check_sampler()


class AllNeighbours:
    """What torch-geometric's NeighborLoader yields when it samples all neighbours one step away."""

    def __init__(self, graph, neighbours, *, input_nodes: Tensor, batch_size: int, shuffle: bool) -> None:
        assert (list(neighbours), shuffle) == ([-1], False)
        self.edges, self.batches = graph.edge_index, input_nodes.split(batch_size)

    def __iter__(self) -> Iterator[SimpleNamespace]:
        for seeds in self.batches:
            entering = self.edges[:, torch.isin(self.edges[1], seeds)]
            others = [node for node in entering[0].unique().tolist() if node not in seeds.tolist()]
            n_id = torch.cat([seeds, torch.tensor(others, dtype=torch.int64)])
            place = {node: position for position, node in enumerate(n_id.tolist())}
            edge_index = torch.tensor([[place[node] for node in ends] for ends in entering.tolist()])
            yield SimpleNamespace(n_id=n_id, edge_index=edge_index)


def check_batches(nodes: GraphNodes) -> None:
    """A target's neighbours and features in its batch are those that it has in the graph."""
    batches = list(sampled(nodes, torch.tensor([2, 0, 1]), 2))
    assert [labels.tolist() for _, labels in batches] == [[0, 2], [1]]
    asked = iter([0, 5, 3])
    whole = nodes.features.to_dense()
    for graph, _ in batches:
        assert graph.features.layout == nodes.features.layout
        features = graph.features.to_dense()
        for target in graph.targets.tolist():
            node = next(asked)
            assert torch.equal(features[target], whole[node])
            sources, targets = graph.layout.edges
            expected = EDGES[0, EDGES[1] == node]
            assert sorted(features[sources[targets == target]].tolist()) == sorted(whole[expected].tolist())


@pytest.mark.parametrize("sparse", [False, True])
def test_batches_are_the_graph_around_their_targets(monkeypatch: pytest.MonkeyPatch, sparse: bool):
    monkeypatch.setattr(torch_geometric.loader, "NeighborLoader", AllNeighbours)
    features = torch.diag(torch.arange(1.0, 7.0))
    check_batches(some_nodes(features.to_sparse_csr() if sparse else features))


@pytest.mark.skipif(not has_sampler(), reason="needs pyg-lib or torch-sparse")
def test_torch_geometric_samples_so():
    check_batches(some_nodes(torch.diag(torch.arange(1.0, 7.0))))
