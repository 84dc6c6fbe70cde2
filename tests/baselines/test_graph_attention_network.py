from types import SimpleNamespace

import pytest
from torch import nn
from torch.nn import functional as F
from torch_geometric.nn import GATConv

from nni_autoattend.baselines.graph_attention_network import GraphAttentionBaseline


@pytest.fixture
def network(graph_check: SimpleNamespace) -> GraphAttentionBaseline:
    return GraphAttentionBaseline(graph_check.dimensions, hidden=4, heads=2, dropout=0.6, attention_dropout=0.0)


def test_it_is_two_attention_layers_of_torch_geometric(
    graph_check: SimpleNamespace, network: GraphAttentionBaseline
) -> None:
    first, second = GATConv(12, 4, heads=2), GATConv(8, 3)
    for layer, own in ((first, network.first), (second, network.second)):
        layer.lin, layer.att_src, layer.att_dst, layer.bias = own.lin, own.att_src, own.att_dst, own.bias
    graph_check.is_(network, lambda features, edges: second(F.elu(first(features, edges)), edges))


def test_order_and_storage_change_nothing(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.any_order(network)


@pytest.mark.parametrize(("dropout", "attention_dropout"), [(0.6, 0.0), (0.0, 0.6)])
def test_both_dropouts(graph_check: SimpleNamespace, dropout: float, attention_dropout: float) -> None:
    graph_check.drops(GraphAttentionBaseline(graph_check.dimensions, 4, 2, dropout, attention_dropout))


def test_it_learns(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.learns(network)


def test_the_penalty_is_on_all_weights(network: GraphAttentionBaseline) -> None:
    assert len(network.penalised()) == len(list(network.parameters())) == 8
