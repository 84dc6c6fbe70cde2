import pytest
import torch

from nni_autoattend.ops.graph_heads import channels_of_head, projected


def test_channels_are_divided():
    assert channels_of_head(8, 2) == 4
    with pytest.raises(ValueError, match="an operation of 5 heads cannot divide 8 channels"):
        channels_of_head(8, 5)


def test_vectors_meet_what_the_map_makes_of_the_states():
    torch.manual_seed(0)
    states, weights, vectors = torch.randn(2, 5, 8), torch.randn(2, 8, 8), torch.randn(2, 3, 4, 2)
    found = projected(states, weights, vectors)
    mapped = torch.einsum("gnc,goc->gno", states, weights).unflatten(2, (4, 2))
    assert len(found) == 3
    for number, own in enumerate(found):
        expected = torch.einsum("gnhd,ghd->gnh", mapped, vectors[:, number])
        torch.testing.assert_close(own, expected, atol=1e-5, rtol=1e-5)
