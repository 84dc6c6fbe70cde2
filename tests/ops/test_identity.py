import torch

from nni_autoattend.ops.identity import Identity


def test_identity_passes_the_very_state_on():
    states = torch.randn(2, 3, 4)
    assert Identity()(states, torch.ones(2, 3, dtype=torch.bool)) is states
