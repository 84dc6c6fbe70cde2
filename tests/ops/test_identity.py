import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.identity import Identity
from nni_autoattend.ops.noise import Noise


def test_identity_passes_the_very_state_on():
    states = torch.randn(2, 3, 4)
    assert Identity()(states, torch.ones(2, 3, dtype=torch.bool)) is states
    assert Identity.together([Identity()] * 2, states, TokenLayout.of([2, 1]), Noise(torch.float32)) is states
