"""PrivateRandom: inside depends on the seed only, outside never notices."""

import numpy as np
import torch

from nni_autoattend.strategy.private_random import PrivateRandom


def draw():
    return torch.rand(2).tolist() + np.random.rand(2).tolist()


def inside(private):
    with private.drawing():
        return draw()


def test_draws_inside_go_on_where_they_were_whatever_is_seeded_outside():
    private, again = PrivateRandom(1), PrivateRandom(1)
    first = [inside(private) for _ in range(3)]
    second = []
    for _ in range(3):
        torch.manual_seed(0)
        np.random.seed(0)
        second.append(inside(again))
    assert first == second
    assert first[0] != first[1] != inside(PrivateRandom(2))


def test_draws_outside_are_those_that_would_have_been():
    torch.manual_seed(5)
    np.random.seed(5)
    expected = draw() + draw()
    torch.manual_seed(5)
    np.random.seed(5)
    before, private = draw(), PrivateRandom(0)
    inside(private)
    assert before + draw() == expected


def test_entered_again_while_it_runs_it_goes_on():
    private, other = PrivateRandom(1), PrivateRandom(1)
    with private.drawing():
        drawn = [*inside(private), *draw()]
    assert drawn == inside(other) + inside(other)
