from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nni_autoattend.baselines.graph_sage import GraphSAGEBaseline


@pytest.fixture
def network(graph_check: SimpleNamespace) -> GraphSAGEBaseline:
    return GraphSAGEBaseline(graph_check.dimensions, hidden=8, dropout=0.5)


def test_it_is_two_layers_of_torch_geometric(graph_check: SimpleNamespace, network: GraphSAGEBaseline) -> None:
    def shortened(states: Tensor) -> Tensor:
        return torch.where(states.norm(dim=1, keepdim=True) > 1, F.normalize(states, dim=1), states)

    def reference(features: Tensor, edges: Tensor) -> Tensor:
        return shortened(network.second(F.relu(shortened(network.first(features, edges))), edges))

    graph_check.is_(network, reference)


def test_some_states_are_shortened_and_others_left(graph_check: SimpleNamespace, network: GraphSAGEBaseline) -> None:
    graph = graph_check.graph()
    lengths = network.first(graph.features, graph.layout.edges).norm(dim=1)
    assert lengths.min() < 1 < lengths.max()
    assert network.eval()(graph).norm(dim=1).max() <= 1 + 1e-6


def test_order_and_storage_change_nothing(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.any_order(network)


def test_dropout(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.drops(network)


def test_it_learns(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.learns(network)


def test_the_penalty_is_on_the_first_layer(network: GraphSAGEBaseline) -> None:
    assert {id(weight) for weight in network.penalised()} == {id(weight) for weight in network.first.parameters()}
