import torch

from nni_autoattend.ops.linear_maps import mapped


def test_each_state_has_its_own_map():
    torch.manual_seed(0)
    states, weights, biases, added = torch.randn(2, 5, 4), torch.randn(2, 3, 4), torch.randn(2, 3), torch.randn(2, 5, 3)
    for group in range(2):
        plain = states[group] @ weights[group].T
        torch.testing.assert_close(mapped(states, list(weights))[group], plain)
        torch.testing.assert_close(mapped(states, list(weights), list(biases))[group], plain + biases[group])
        torch.testing.assert_close(mapped(states, list(weights), added=added)[group], plain + added[group])
