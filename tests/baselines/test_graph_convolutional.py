from types import SimpleNamespace

import pytest
from torch import nn
from torch.nn import functional as F
from torch_geometric.nn import GCNConv

from nni_autoattend.baselines.graph_convolutional import GraphConvolutionalBaseline


@pytest.fixture
def network(graph_check: SimpleNamespace) -> GraphConvolutionalBaseline:
    return GraphConvolutionalBaseline(graph_check.dimensions, hidden=8, dropout=0.5)


def test_it_is_two_convolutions_of_torch_geometric(
    graph_check: SimpleNamespace, network: GraphConvolutionalBaseline
) -> None:
    first, second = GCNConv(12, 8), GCNConv(8, 3)
    for layer, own in ((first, network.first), (second, network.second)):
        layer.lin.weight, layer.bias = own.lin.weight, own.bias
    graph_check.is_(network, lambda features, edges: second(F.relu(first(features, edges)), edges))


def test_order_and_storage_change_nothing(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.any_order(network)


def test_dropout(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.drops(network)


def test_it_learns(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.learns(network)


def test_the_penalty_is_on_the_first_layer(network: GraphConvolutionalBaseline) -> None:
    assert {id(weight) for weight in network.penalised()} == {id(weight) for weight in network.first.parameters()}
