from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional as F
from torch_geometric.nn import LabelPropagation as Reference

from nni_autoattend.baselines.graph_label_propagation import LabelPropagation
from nni_autoattend.datasets.graph_batches import GraphNodes
from nni_autoattend.datasets.graph_layout import GraphLayout


def nodes_of(edges: list[tuple[int, int]], count: int, targets: list[int], labels: torch.Tensor) -> GraphNodes:
    both = torch.tensor(edges + [(target, source) for source, target in edges]).T
    return GraphNodes(torch.zeros(count, 1), GraphLayout.of(both, count), torch.tensor(targets), labels)


def test_what_spreads_is_that_of_torch_geometric(graph_check: SimpleNamespace) -> None:
    nodes: GraphNodes = graph_check.planted()
    train = graph_check.part(nodes, torch.arange(12))
    found = LabelPropagation(0.8, 7).fit(train, 3).shares(nodes)
    reference = Reference(7, 0.8)(nodes.labels, nodes.layout.edges, torch.arange(12), post_step=lambda y: y)
    torch.testing.assert_close(found, reference / reference.sum(dim=1, keepdim=True))


def test_it_finds_planted_groups(graph_check: SimpleNamespace) -> None:
    nodes: GraphNodes = graph_check.planted()
    test = graph_check.part(nodes, torch.arange(12, 90))
    predicted = LabelPropagation(0.9, 50).fit(graph_check.part(nodes, torch.arange(12)), 3).predict(test)
    assert (predicted == test.labels).double().mean() > 0.9


def test_labels_reach_as_far_as_there_are_steps_and_the_rest_gets_the_frequencies() -> None:
    train = nodes_of([(0, 1), (1, 2), (2, 3), (4, 5)], 7, [0, 4, 5], torch.tensor([1, 0, 0]))
    everyone = GraphNodes(train.features, train.layout, torch.arange(7), torch.zeros(7, dtype=torch.int64))
    two_steps = LabelPropagation(0.5, 2).fit(train, 2)
    assert two_steps.predict(everyone).tolist() == [1, 1, 1, 0, 0, 0, 0]
    torch.testing.assert_close(two_steps.shares(everyone)[[3, 6]], torch.tensor([[2 / 3, 1 / 3]] * 2))
    assert LabelPropagation(0.5, 3).fit(train, 2).predict(everyone).tolist() == [1, 1, 1, 1, 0, 0, 0]


def test_nothing_reaches_another_graph() -> None:
    train = nodes_of([(0, 1), (1, 2)], 3, [0, 1, 2], torch.tensor([1, 1, 0]))
    other = nodes_of([(0, 1), (1, 2)], 3, [2], torch.tensor([0]))
    assert LabelPropagation(0.9, 5).fit(train, 2).predict(other).tolist() == [1]


def test_several_labels_a_node() -> None:
    labels = torch.tensor([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    train = nodes_of([(0, 1), (2, 3), (3, 4), (4, 5)], 6, [0, 5], labels)
    everyone = GraphNodes(train.features, train.layout, torch.arange(6), torch.zeros(6, 3))
    propagation = LabelPropagation(0.9, 20).fit(train, 3)
    assert propagation.predict(everyone).tolist() == [[1, 0, 1]] * 2 + [[1, 1, 0]] * 4
    assert F.threshold(propagation.shares(everyone), 1.0 + 1e-6, 0.0).sum() == 0  # shares are none above 1


@pytest.mark.parametrize(("alpha", "layers"), [(0.0, 5), (1.0, 5), (0.5, 0)])
def test_what_spreads_nothing_is_refused(alpha: float, layers: int) -> None:
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1"):
        LabelPropagation(alpha, layers)
