import pytest
import torch

from nni_autoattend.ops.propagation import propagate, propagate_with_return


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("weights", ["gcn", "symmetric", "laplacian", "mean", "looped-mean", "sum"])
def test_each_state_is_multiplied(graphs, weights, directed):
    layout = graphs.random_layout(7, 12, 0, directed=directed)
    states = torch.randn(2, 7, 3, dtype=torch.float64, requires_grad=True)
    matrix = layout.propagation(weights, torch.float64).matrix.to_dense()
    torch.testing.assert_close(propagate(states, layout, weights), matrix @ states)
    assert torch.autograd.gradcheck(lambda own: propagate(own, layout, weights), [states])


def test_states_that_lie_otherwise_are_multiplied_too(graphs):
    layout, states = graphs.random_layout(7, 12, 0), torch.randn(3, 7, 2)
    turned = states.transpose(0, 2).contiguous().transpose(0, 2)
    torch.testing.assert_close(propagate(turned, layout, "gcn"), propagate(states, layout, "gcn"))
    one = states[:1].expand(2, 7, 2)
    torch.testing.assert_close(propagate(one, layout, "gcn")[1], propagate(states, layout, "gcn")[0])


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_each_step_returns_to_the_start(graphs, steps):
    layout = graphs.random_layout(7, 12, 0, directed=True)
    states = torch.randn(2, 7, 3, dtype=torch.float64, requires_grad=True)
    matrix = layout.propagation("gcn", torch.float64).matrix.to_dense()
    expected = states
    for _ in range(steps):
        expected = 0.8 * matrix @ expected + 0.2 * states
    before = states.detach().clone()
    torch.testing.assert_close(propagate_with_return(states, layout, "gcn", steps, 0.2), expected)
    assert torch.autograd.gradcheck(lambda own: propagate_with_return(own, layout, "gcn", steps, 0.2), [states])
    assert torch.equal(states, before)
