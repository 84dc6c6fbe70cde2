import pytest
import torch

from nni_autoattend.attention.neighbourhood import NeighbourhoodAttention
from nni_autoattend.datasets.graph_layout import GraphLayout


def by_hand(query, key, value, layout, heads):
    """Node by node, head by head."""
    each = query.shape[1] // heads
    result = torch.zeros_like(value)
    for node in range(layout.nodes):
        near = [*layout.edges[0, layout.edges[1] == node].tolist(), node]
        for head in range(heads):
            own = slice(head * each, (head + 1) * each)
            weights = (key[near, own] @ query[node, own] / each**0.5).softmax(0)
            result[node, own] = weights @ value[near, own]
    return result


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_each_node_attends_to_its_neighbours_and_itself(graphs, heads):
    torch.manual_seed(0)
    layout = graphs.random_layout(7, 12, 0, directed=True)
    states = torch.randn(3, 7, 8)
    attended = NeighbourhoodAttention(heads, 0.0)(*states, layout)
    torch.testing.assert_close(attended, by_hand(*states, layout, heads))


def test_a_node_without_neighbours_gets_its_own_value():
    layout = GraphLayout.of(torch.tensor([[0], [1]]), 3)
    states = torch.randn(3, 3, 4)
    attended = NeighbourhoodAttention(2, 0.0)(*states, layout)
    torch.testing.assert_close(attended[[0, 2]], states[2, [0, 2]])
    assert not torch.allclose(attended[1], states[2, 1])


def test_weights_drop_out_while_training_only(graphs):
    layout, states = graphs.random_layout(7, 12, 0), torch.randn(3, 7, 4)
    attention = NeighbourhoodAttention(2, 0.5)
    assert not torch.equal(attention(*states, layout), attention(*states, layout))
    attention.eval()
    assert torch.equal(attention(*states, layout), attention(*states, layout))
