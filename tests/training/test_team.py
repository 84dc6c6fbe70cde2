"""A process by itself is a team of one (two processes: tests/strategy/test_teams.py)."""

import torch

from nni_autoattend.training.team import Team


def test_without_a_process_group_a_process_leads_itself():
    team = Team.here()
    assert (team.rank, team.size, team.leads) == (0, 1, True)
    assert team.agreed({"a": 1}) == {"a": 1}
    assert list(team.own("abc")) == ["a", "b", "c"]


def test_sums_over_one_process_are_its_own():
    weight, other = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    weight.grad = torch.tensor([1.0, 2.0])
    team, values = Team(), torch.tensor([3.0])
    team.add(values)
    team.add_gradients([weight, other])
    assert values.item() == 3
    assert weight.grad.tolist() == [1, 2]
    assert other.grad is None
    assert team.gathered([0.5, 0.25], 2) == [0.5, 0.25]


def test_the_parts_of_all_processes_are_everything_once():
    parts = [list(Team(rank, 3).own(range(8))) for rank in range(3)]
    assert parts == [[0, 3, 6], [1, 4, 7], [2, 5]]
