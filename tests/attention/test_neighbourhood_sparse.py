import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_autoattend.attention.neighbourhood import NeighbourhoodAttention
from nni_autoattend.attention.neighbourhood_sparse import attend_neighbours
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.ops.noise import Noise


def gradients(output, inputs):
    weights = torch.randn(output.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return [output.detach(), *torch.autograd.grad((output * weights.to(output.dtype)).sum(), inputs)]


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("heads", [1, 2, 8])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-5)])
def test_equals_the_reference(graphs, heads, directed, dtype, tolerance):
    torch.manual_seed(0)
    layout = graphs.random_layout(13, 30, 2, directed=directed)
    states = torch.randn(3, 2, 13, 8, dtype=dtype, requires_grad=True)
    plain = torch.stack([NeighbourhoodAttention(heads, 0.0)(*own, layout) for own in states.unbind(1)])
    found = gradients(attend_neighbours(*states, layout, heads, 0.0, None), [states])
    for one, other in zip(found, gradients(plain, [states]), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance * float(other.abs().max()))


@given(nodes=st.integers(1, 9), edges=st.integers(0, 25), seed=st.integers(0, 99), directed=st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_order_of_nodes_and_edges_changes_nothing(graphs, nodes, edges, seed, directed):
    torch.manual_seed(seed)
    layout = graphs.random_layout(nodes, edges, seed, directed=directed)
    other, numbers = graphs.renumbered(layout, seed)
    states = torch.randn(3, 1, nodes, 8)
    renumbered = torch.empty_like(states)
    renumbered[:, :, numbers] = states
    expected = attend_neighbours(*states, layout, 2, 0.0, None)
    found = attend_neighbours(*renumbered, other, 2, 0.0, None)[:, numbers]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [1e4, 1e-4])
def test_large_scores_neither_overflow_nor_lose_their_order(size):
    layout = GraphLayout.of(torch.tensor([[0, 1, 2], [1, 2, 1]]), 4)
    query = torch.full((1, 4, 2), size)
    key = torch.tensor([1.0, -2.0, 3.0, -4.0]).view(1, 4, 1).expand(1, 4, 2) * size
    value = torch.eye(4).view(1, 4, 4)[..., :2].contiguous().requires_grad_()
    attended = attend_neighbours(query, key, value, layout, 1, 0.0, None)
    attended.sum().backward()
    assert attended.isfinite().all() and value.grad.isfinite().all()
    if size > 1:  # all of the weight is on the largest score: node 1 hears 0, 1 and 2
        assert attended[0, 1].tolist() == [0.0, 0.0]


def test_without_edges_everyone_keeps_its_own_value():
    layout = GraphLayout.of(torch.zeros(2, 0, dtype=torch.int64), 3)
    states = torch.randn(3, 2, 3, 4)
    torch.testing.assert_close(attend_neighbours(*states, layout, 2, 0.0, None), states[2])


def test_dropout_takes_whole_weights():
    """With values of one, a node gets the sum of the weights that are left: alike within a head's channels."""
    torch.manual_seed(0)
    ring = torch.arange(500)
    layout = GraphLayout.of(torch.stack([ring, ring.roll(1)]), 500)
    states = torch.randn(3, 4, 500, 4)
    states[2] = 1.0
    left = attend_neighbours(*states, layout, 2, 0.25, Noise(torch.float32))
    assert torch.equal(left[..., 0], left[..., 1]) and torch.equal(left[..., 2], left[..., 3])
    assert not torch.equal(left[..., 0], left[..., 2])
    assert left.mean().item() == pytest.approx(1.0, abs=0.03)
    assert torch.equal(
        attend_neighbours(*states, layout, 2, 0.25, None), attend_neighbours(*states, layout, 2, 0, None)
    )


def test_gradients_under_dropout_are_the_derivatives(graphs):
    layout = graphs.random_layout(6, 8, 0, directed=True)

    def run(*states):
        return attend_neighbours(*states, layout, 2, 0.4, Noise(torch.float64, 7))

    states = [torch.randn(1, 6, 4, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    assert torch.autograd.gradcheck(run, states)
