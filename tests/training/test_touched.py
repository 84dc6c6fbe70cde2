"""TouchedSteps: only parameters with gradients move; the others rest with their moments."""

import pytest
import torch
from torch import nn

from nni_autoattend.training.touched import TouchedSteps


def make(clip=0.0, **options):
    torch.manual_seed(0)
    weights = [nn.Parameter(torch.randn(3)) for _ in range(5)]
    groups = [{"params": weights[:2]}, {"params": weights[2:], "lr": 0.5}]
    optimizer = torch.optim.Adam(groups, lr=0.1, **options)
    return weights, optimizer, TouchedSteps(optimizer, clip)


def give(weights, *numbers, value=1.0):
    for number in numbers:
        weights[number].grad = torch.full((3,), value)


def test_a_step_equals_the_optimizers_own_step_on_everything():
    weights, optimizer, steps = make()
    twins, plain, _ = make()
    for numbers in ((0, 3), (1, 3), (0, 4)):
        give(weights, *numbers)
        give(twins, *numbers)
        assert steps.take()
        plain.step()
        plain.zero_grad()
    for weight, twin in zip(weights, twins, strict=True):
        torch.testing.assert_close(weight, twin)
    assert optimizer.state_dict()["state"].keys() == plain.state_dict()["state"].keys() == {0, 1, 3, 4}


def test_untouched_weights_rest_and_so_does_their_momentum():
    weights, optimizer, steps = make()
    give(weights, 0)
    steps.take()
    before, moment = weights[0].clone(), optimizer.state[weights[0]]["exp_avg"].clone()
    give(weights, 1)
    steps.take()
    assert torch.equal(weights[0], before)
    assert torch.equal(optimizer.state[weights[0]]["exp_avg"], moment)
    assert optimizer.state[weights[0]]["step"] == 1
    assert weights[2] not in optimizer.state


def test_gradients_are_dropped_and_all_groups_are_whole_again():
    weights, optimizer, steps = make()
    give(weights, 0, 4)
    steps.take()
    assert all(weight.grad is None for weight in weights)
    assert [len(group["params"]) for group in optimizer.param_groups] == [2, 3]


def test_the_norm_over_all_touched_is_clipped():
    torch.manual_seed(0)
    weights = [nn.Parameter(torch.zeros(3)) for _ in range(2)]
    steps = TouchedSteps(torch.optim.SGD(weights, lr=1.0), clip=0.5)
    give(weights, 0, 1, value=10.0)
    steps.take()
    assert torch.cat(weights).norm().item() == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_without_finite_gradients_nothing_moves(bad):
    weights, optimizer, steps = make(clip=1.0)
    before = [weight.clone() for weight in weights]
    give(weights, 0, 3)
    weights[3].grad[1] = bad
    assert not steps.take()
    assert all(torch.equal(weight, old) for weight, old in zip(weights, before, strict=True))
    assert not optimizer.state
    assert all(weight.grad is None for weight in weights)


def test_an_optimizer_that_fails_gets_its_groups_back():
    weights, optimizer, steps = make()
    optimizer.step = lambda: 1 / 0
    give(weights, 0)
    with pytest.raises(ZeroDivisionError):
        steps.take()
    assert [len(group["params"]) for group in optimizer.param_groups] == [2, 3]
