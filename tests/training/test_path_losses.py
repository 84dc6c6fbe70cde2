"""What is learned from paths: their losses and gradients, none where a loss is not finite."""

import torch

from nni_autoattend.training.path_losses import PathLosses, learn_from


def test_losses_and_the_gradients_of_their_sum():
    weight = torch.tensor(2.0, requires_grad=True)
    learned = learn_from(PathLosses(slice(1, 3), lambda: torch.stack([weight, weight**2])))
    assert (learned.paths, learned.losses) == (slice(1, 3), [2.0, 4.0])
    assert learned.gradients.values[0].item() == 1 + 2 * 2
    assert weight.grad is None


def test_a_loss_that_is_not_finite_gives_no_gradients():
    weight = torch.tensor(0.0, requires_grad=True)
    learned = learn_from(PathLosses(slice(0, 2), lambda: torch.stack([weight, weight.log()])))
    assert learned.gradients is None
    assert learned.losses == [0.0, -torch.inf]
