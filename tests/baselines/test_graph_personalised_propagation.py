from types import SimpleNamespace

import pytest
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import APPNP

from nni_autoattend.baselines.graph_features import drop
from nni_autoattend.baselines.graph_personalised_propagation import APPNPBaseline
from nni_autoattend.datasets.graph_batches import GraphInput


@pytest.fixture
def network(graph_check: SimpleNamespace) -> APPNPBaseline:
    return APPNPBaseline(graph_check.dimensions, hidden=8, dropout=0.5, steps=4, alpha=0.2)


def test_it_is_the_propagation_of_torch_geometric(graph_check: SimpleNamespace, network: APPNPBaseline) -> None:
    spread = APPNP(4, 0.2)
    graph_check.is_(network, lambda features, edges: spread(network.second(F.relu(network.first(features))), edges))


def test_order_and_storage_change_nothing(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.any_order(network)


def test_dropout(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.drops(network)


def test_every_step_drops_from_the_whole_matrix(
    graph_check: SimpleNamespace, network: APPNPBaseline, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped_from = []

    def watched(matrix: Tensor, rate: float, training: bool) -> Tensor:
        dropped_from.append(matrix)
        return drop(matrix, rate, training)

    monkeypatch.setattr("nni_autoattend.baselines.graph_personalised_propagation.drop", watched)
    graph: GraphInput = graph_check.graph()
    network.train()(graph)
    features, hidden, *steps = dropped_from
    assert features is graph.features and hidden.shape == (30, 8)
    assert len(steps) == 4 and all(matrix is graph.layout.propagation("gcn").matrix for matrix in steps)


def test_it_learns(graph_check: SimpleNamespace, network: nn.Module) -> None:
    graph_check.learns(network)


def test_the_penalty_is_on_the_first_map(network: APPNPBaseline) -> None:
    assert {id(weight) for weight in network.penalised()} == {id(weight) for weight in network.first.parameters()}
