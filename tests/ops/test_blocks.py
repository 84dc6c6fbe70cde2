import pytest
import torch

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.blocks import from_blocks, to_blocks

MIXED = [50, 2, 2, 50, 49, *[3, 2] * 40]
ALL = ([1], [1, 1, 1], [5, 5], [2, 14, 1], MIXED)


def states_of(lengths):
    torch.manual_seed(0)
    layout = TokenLayout.of(lengths)
    return layout, torch.randn(2, layout.tokens, 3, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("lengths", ALL, ids=len)
def test_rows_stand_in_their_blocks_with_padding_that_repeats_their_first_token(lengths):
    layout, states = states_of(lengths)
    rows = torch.zeros(2, len(lengths), max(lengths), 3, dtype=torch.float64)
    rows.flatten(1, 2)[:, layout.places] = states.detach()
    rows, falling = rows[:, layout.order], sorted(lengths, reverse=True)
    first = 0
    for part, block in zip(to_blocks(states, layout), layout.blocks, strict=True):
        assert part.shape == (2, block.length, block.rows, 3)
        for row in range(block.rows):
            own = rows[:, first + row, : falling[first + row]]
            filled = own[:, :1].expand(-1, block.length - own.shape[1], -1)
            assert torch.equal(part[:, :, row], torch.cat((own, filled), dim=1))
        first += block.rows


@pytest.mark.parametrize("lengths", ALL, ids=len)
def test_there_and_back_is_the_identity_and_so_is_its_gradient(lengths):
    layout, states = states_of(lengths)
    back = from_blocks(to_blocks(states, layout), layout)
    assert torch.equal(back, states)
    weighting = torch.randn_like(states)
    (gradient,) = torch.autograd.grad((back * weighting).sum(), states)
    assert torch.equal(gradient, weighting)


def test_the_gradient_takes_the_real_places():
    layout, states = states_of(MIXED)
    parts = to_blocks(states, layout)
    total = sum(
        (part if block.real is None else part * block.real.unsqueeze(-1)).square().sum()
        for part, block in zip(parts, layout.blocks, strict=True)
    )
    (gradient,) = torch.autograd.grad(total, states)
    torch.testing.assert_close(gradient, 2 * states.detach())


def test_a_rectangle_is_not_copied():
    layout, states = states_of([4, 4, 4])
    (part,) = to_blocks(states, layout)
    assert part.data_ptr() == states.data_ptr()
    assert from_blocks([part], layout).data_ptr() == states.data_ptr()
