import pytest
import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.mirror import mirrored


@pytest.mark.parametrize("lengths", [[1, 1], [4, 4], [2, 7, 1, 3]], ids=str)
def test_each_row_is_reversed_within_its_length(lengths):
    torch.manual_seed(0)
    layout = TokenLayout.of(lengths)
    padded = torch.randn(2, len(lengths), max(lengths), 3)
    turned = padded.clone()
    for row, length in enumerate(lengths):
        turned[:, row, :length] = padded[:, row, :length].flip(1)
    states = padded.flatten(1, 2)[:, layout.places]
    assert torch.equal(mirrored(states, layout), turned.flatten(1, 2)[:, layout.places])
    assert torch.equal(mirrored(mirrored(states, layout), layout), states)


def test_the_gradient_takes_the_same_way():
    layout = TokenLayout.of([2, 7, 1, 3])
    states = torch.randn(2, layout.tokens, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda given: mirrored(given, layout), (states,))


def test_single_tokens_are_not_copied():
    states = torch.randn(2, 3, 2)
    assert mirrored(states, TokenLayout.of([1, 1, 1])) is states
