from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nni_autoattend.datasets.batches import TextInput, collate
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.training.step import AdamStep
from nni_autoattend.training.weights import copy_trained_state

SETTINGS = TrainingSettings(epochs=1, batch_size=4, lr=0.01, weight_decay=0.1, clip=0.05)


def batch_of(toy: SimpleNamespace, poisoned: int = 0) -> tuple[TextInput, Tensor]:
    texts = toy.texts(4, 1, poisoned)
    return collate(texts.windows), texts.labels


def test_a_step_is_clipped_adam_on_cross_entropy(toy: SimpleNamespace) -> None:
    text, labels = batch_of(toy)
    network, reference = toy.Network().eval(), toy.Network().eval()  # no dropout
    weights = [parameter for parameter in reference.parameters() if parameter.requires_grad]
    adam = torch.optim.Adam(weights, lr=0.01, weight_decay=0.1)
    step = AdamStep(network, SETTINGS)
    for _ in range(3):
        adam.zero_grad()
        loss = F.cross_entropy(reference(text), labels)
        loss.backward()
        assert nn.utils.clip_grad_norm_(weights, 0.05) > 0.05
        adam.step()
        assert step.take(text, labels) == pytest.approx(loss.item())
    torch.testing.assert_close(copy_trained_state(network), copy_trained_state(reference))
    assert torch.equal(network.frozen.weight, toy.Network().frozen.weight)


def test_clip_zero_clips_nothing(toy: SimpleNamespace) -> None:
    text, labels = batch_of(toy)
    network, reference = toy.Network().eval(), toy.Network().eval()
    AdamStep(network, TrainingSettings(epochs=1, batch_size=4, lr=0.01, clip=0.0)).take(text, labels)
    F.cross_entropy(reference(text), labels).backward()
    assert torch.equal(network.classifier.weight.grad, reference.classifier.weight.grad)


def test_a_batch_without_a_finite_loss_changes_nothing(toy: SimpleNamespace) -> None:
    network = toy.Network()
    before = copy_trained_state(network)
    assert AdamStep(network, SETTINGS).take(*batch_of(toy, poisoned=1)) is None
    torch.testing.assert_close(copy_trained_state(network), before, rtol=0, atol=0)


def test_a_finite_loss_with_an_infinite_gradient_changes_nothing(toy: SimpleNamespace) -> None:
    class Steep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(3))

        def forward(self, text: TextInput) -> Tensor:
            return self.weight.sqrt().expand(int(text.owner[-1]) + 1, 3)

    network = Steep()
    assert AdamStep(network, SETTINGS).take(*batch_of(toy)) is None
    assert torch.equal(network.weight, torch.zeros(3))
