import pytest
import torch

from nni_autoattend.ops.operation import EdgeOperation, keep_real


def test_keep_real_zeroes_padding_and_nothing_else():
    states = torch.randn(2, 3, 4)
    mask = torch.tensor([[True, True, False], [True, False, False]])
    kept = keep_real(states, mask)
    assert torch.equal(kept[mask], states[mask])
    assert torch.equal(kept[~mask], torch.zeros(3, 4))


def test_keep_real_keeps_the_type():
    states = torch.randn(1, 2, 3, dtype=torch.bfloat16)
    assert keep_real(states, torch.tensor([[True, False]])).dtype == torch.bfloat16


def test_an_operation_must_say_what_it_does():
    class Silent(EdgeOperation):
        pass

    with pytest.raises(TypeError, match="forward"):
        Silent()
