"""Packed attention equals its plain reference, torch's own multi-head attention, in outputs and all gradients."""

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nni_autoattend.attention import packed
from nni_autoattend.attention.multi_head import MultiHeadAttention
from nni_autoattend.attention.packed import attend
from nni_autoattend.datasets import layout as layouts
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops import noise as noises
from nni_autoattend.ops.noise import Noise

KERNELS = {"short": 1000, "long": 0, "measured": packed._SHORT}
"""Up to which length rows are short: every one, none, or as shipped."""
WIDTH = 8


@pytest.fixture(params=KERNELS.values(), ids=list(KERNELS))
def kernel(request, monkeypatch):
    monkeypatch.setattr(packed, "_SHORT", request.param)


def run_plain(states, lengths, heads):
    """(3, G, T, C) -> (G, T, C)."""
    layout, longest = TokenLayout.of(lengths), max(lengths)
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    groups, width = states.shape[1], states.shape[-1]
    padded = states.new_zeros(3, groups, len(lengths) * longest, width).index_copy(2, layout.places, states)
    operands = padded.view(3, groups * len(lengths), longest, width)
    attended = MultiHeadAttention(heads, 0.0)(*operands, mask.repeat(groups, 1))
    return attended.reshape(groups, -1, width)[:, layout.places]


def both_ways(lengths, groups=2, heads=2, dtype=torch.float64, width=WIDTH, spread=2.0):
    """Return output and gradient of the packed way and of the plain one."""
    torch.manual_seed(sum(lengths))
    states = (spread * torch.randn(3, groups, sum(lengths), width, dtype=dtype)).requires_grad_()
    weighting = torch.randn(groups, sum(lengths), width, dtype=dtype)
    layout = TokenLayout.of(lengths)
    for output in (attend(*states, layout, heads, 0.0, None), run_plain(states, lengths, heads)):
        yield output.detach(), *torch.autograd.grad((output * weighting).sum(), states)


def assert_agree(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance * float(other.abs().max()))


@given(
    lengths=st.lists(st.integers(1, 14), min_size=1, max_size=12),
    groups=st.integers(1, 4),
    heads=st.sampled_from([1, 2, 8]),
    call=st.sampled_from([0, 20, 4000]),
)
@example(lengths=[1], groups=2, heads=2, call=4000)
@example(lengths=[1, 1, 1], groups=1, heads=2, call=4000)
@example(lengths=[5, 5, 5], groups=3, heads=1, call=4000)
@example(lengths=[2, 14, 1, 1, 2], groups=2, heads=8, call=4000)
@example(lengths=[2, 14, 1, 1, 2], groups=2, heads=2, call=20)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equals_torchs_attention(kernel, lengths, groups, heads, call):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "_CALL", call)  # cheap calls: many blocks
        assert_agree(*both_ways(lengths, groups, heads), 1e-10)


@pytest.mark.parametrize("lengths", [[1], [1, 1, 1], [5, 5, 5], [2, 14, 1, 1, 2]], ids=str)
def test_equals_torchs_attention_in_single_precision(kernel, lengths):
    assert_agree(*both_ways(lengths, dtype=torch.float32), 1e-5)


def test_equals_torchs_attention_at_the_width_of_a_search(kernel):
    assert_agree(*both_ways([7, 20, 1, 7, 3], heads=8, dtype=torch.float32, width=64), 1e-5)


def test_large_scores_neither_overflow_nor_lose_a_row(kernel):
    """Weights of padding are struck out after the exponential: a row must keep its largest all the same."""
    found, expected = both_ways([4, 9, 2], dtype=torch.float32, spread=40.0)
    assert_agree(found, expected, 5e-3)  # scores of some thousands have errors of 1e-4, and so have the weights


def test_a_row_does_not_see_its_batch_mates(kernel):
    torch.manual_seed(0)
    lengths = [3, 7, 1, 7]
    states = torch.randn(3, 2, 18, WIDTH)
    layout = TokenLayout.of(lengths)
    together = attend(*states, layout, 2, 0.0, None)
    for row, length in enumerate(lengths):
        own = layout.places // 7 == row
        alone = attend(*states[:, :, own], TokenLayout.of([length]), 2, 0.0, None)
        torch.testing.assert_close(together[:, own], alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("lengths", [[1, 1, 1, 1], [4, 4, 4, 4], [4, 2, 3, 1]], ids=str)
def test_dropout_takes_whole_weights(kernel, lengths):
    """With values of one, a token gets the sum of the weights that are left: all heads alike within their channels."""
    torch.manual_seed(0)
    states = torch.randn(3, 400, sum(lengths), 4)
    states[2] = 1.0
    left = attend(*states, TokenLayout.of(lengths), 2, 0.25, Noise(torch.float32))
    assert torch.equal(left[..., 0], left[..., 1]) and torch.equal(left[..., 2], left[..., 3])
    assert not torch.equal(left[..., 0], left[..., 2])
    assert left.mean().item() == pytest.approx(1.0, abs=0.03)
    if max(lengths) == 1:
        assert (left == 0).double().mean().item() == pytest.approx(0.25, abs=0.03)


def test_gradients_under_dropout_are_the_derivatives(kernel, monkeypatch):
    """The mask is fixed by the seed, so the function is one that can be differentiated by hand."""
    monkeypatch.setattr(noises, "_AT_ONCE", 32)

    def run(*states):
        torch.manual_seed(7)
        return attend(*states, TokenLayout.of([4, 2, 1]), 2, 0.4, Noise(torch.float64))

    states = [torch.randn(1, 7, 4, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    assert torch.autograd.gradcheck(run, states)


def test_evaluation_and_rate_zero_draw_nothing(kernel):
    states = torch.randn(3, 1, 6, WIDTH)
    layout, state = TokenLayout.of([4, 2]), torch.get_rng_state()
    assert torch.equal(attend(*states, layout, 2, 0.5, None), attend(*states, layout, 2, 0.0, Noise(torch.float32)))
    assert torch.equal(torch.get_rng_state(), state)
