"""Gradients apart from their weights: equal to those of ``backward``, and added like them."""

import torch

from nni_autoattend.training.gradients import gradients_of


def layers():
    torch.manual_seed(0)
    return torch.nn.ModuleList([torch.nn.Linear(3, 3) for _ in range(3)])


def loss_of(network, inputs):
    """Use the first layer twice, the last one not at all."""
    return network[1](network[0](network[0](inputs).tanh())).square().sum()


def test_they_equal_those_of_backward_and_touch_no_weight():
    network, inputs = layers(), torch.randn(5, 3)
    found = gradients_of(loss_of(network, inputs))
    assert all(weight.grad is None for weight in network.parameters())
    loss_of(network, inputs).backward()
    expected = {id(weight): weight.grad for weight in network.parameters() if weight.grad is not None}
    assert {id(weight) for weight in found.weights} == set(expected)
    assert len(found.weights) == len(expected) == 4
    for weight, value in zip(*found, strict=True):
        torch.testing.assert_close(value, expected[id(weight)], rtol=0, atol=0)


def test_added_ones_sum_up_as_backward_does():
    apart, usual = layers(), layers()
    for inputs in torch.randn(3, 5, 3):
        gradients_of(loss_of(apart, inputs)).add()
        loss_of(usual, inputs).backward()
    for own, other in zip(apart.parameters(), usual.parameters(), strict=True):
        assert (own.grad is None) == (other.grad is None)
        if own.grad is not None:
            torch.testing.assert_close(own.grad, other.grad, rtol=0, atol=0)


def test_the_first_ones_are_added_where_some_weights_have_gradients_already():
    network, inputs = layers(), torch.randn(5, 3)
    network[1](inputs).sum().backward()
    before = network[1].weight.grad.clone()
    gradients = gradients_of(loss_of(network, inputs))
    gradients.add()
    own = dict(zip(map(id, gradients.weights), gradients.values, strict=True))
    torch.testing.assert_close(network[1].weight.grad, before + own[id(network[1].weight)])
    torch.testing.assert_close(network[0].weight.grad, own[id(network[0].weight)])


def test_a_loss_of_one_weight_itself():
    weight = torch.ones(2, requires_grad=True)
    found = gradients_of((weight * 3).sum())
    assert found.weights[0] is weight
    assert found.values[0].tolist() == [3, 3]


def test_each_lies_in_memory_as_its_weight_does_and_apart_from_the_others():
    turned, twin, other = (torch.randn(3, 4, requires_grad=True) for _ in range(3))
    inputs = torch.randn(5, 3)
    loss = (inputs @ (twin + other)).square().sum() + (inputs.T.contiguous().T @ turned).square().sum()
    loss = loss + (turned.T @ torch.randn(3, 2)).square().sum()
    found = gradients_of(loss)
    assert [value.stride() for value in found.values] == [weight.stride() for weight in found.weights]
    assert len({value.data_ptr() for value in found.values}) == 3


def test_a_transposed_gradient_moves_the_right_weights():
    """Fused Adam does not look at strides."""
    steps = []
    for apart in (True, False):
        torch.manual_seed(0)
        weight = torch.nn.Parameter(torch.randn(6, 4))
        adam = torch.optim.Adam([weight], lr=0.1, fused=apart)
        for inputs in torch.randn(3, 5, 6):
            loss = (inputs @ weight.T.contiguous().T).sigmoid().square().sum()
            gradients_of(loss).add() if apart else loss.backward()
            adam.step()
            adam.zero_grad()
        steps.append(weight.detach())
    torch.testing.assert_close(*steps)
