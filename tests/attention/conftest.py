"""Blocks of rows as the two kernels take them."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

REAL = torch.tensor([[True, True, True], [True, True, False], [True, False, False]])
"""(L, R): rows of three, two and one token."""


def padded_block(width: int = 4, groups: int = 2) -> list[Tensor]:
    """Query, Key and Value (G, L, R, C) of the rows of ``REAL``; padding repeats a row's first token."""
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(3, groups, 3, 3, width, dtype=torch.float64, generator=generator)
    return list(torch.where(REAL.unsqueeze(-1), states, states[:, :, :1]))


def attend_by_hand(query: Tensor, key: Tensor, value: Tensor, real: Tensor, heads: int) -> Tensor:
    """softmax(Q K^T) V for each group, row and head, over its real tokens."""
    attended = torch.zeros_like(query)
    own = query.shape[-1] // heads
    for group in range(query.shape[0]):
        for row in range(query.shape[2]):
            for head in range(heads):
                place = (group, slice(None), row, slice(own * head, own * (head + 1)))
                keys, values = key[place][real[:, row]], value[place][real[:, row]]
                attended[place] = F.softmax(query[place] @ keys.T, dim=1) @ values
    return attended


def assert_is_attention(kernel: Callable[..., Tensor]) -> None:
    query, key, value = padded_block()
    for heads in (1, 2, 4):
        found = kernel(query, key, value, REAL, heads, 0.0, None)
        torch.testing.assert_close(found, attend_by_hand(query, key, value, REAL, heads))
    whole = torch.ones_like(REAL)
    torch.testing.assert_close(
        kernel(query, key, value, None, 2, 0.0, None), attend_by_hand(query, key, value, whole, 2)
    )


def assert_gradients_are_the_derivatives(kernel: Callable[..., Tensor]) -> None:
    """At real tokens: that of padding is nobody's (``ops.blocks`` drops it), and as a key it must get none."""
    block = [states.requires_grad_() for states in padded_block()]

    def run(*states: Tensor) -> Tensor:
        return kernel(*states, REAL, 2, 0.0, None) * REAL.unsqueeze(-1)

    assert torch.autograd.gradcheck(run, block)
    gradients = torch.autograd.grad(run(*block).square().sum(), block)
    for gradient in gradients:
        assert not gradient.movedim(0, -1)[~REAL].any()
        assert gradient.movedim(0, -1)[REAL].any()


@pytest.fixture(scope="session")
def check() -> SimpleNamespace:
    return SimpleNamespace(
        attention=assert_is_attention,
        derivatives=assert_gradients_are_the_derivatives,
        block=padded_block,
    )
