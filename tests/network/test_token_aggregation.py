from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from nni_autoattend.attention import packed
from nni_autoattend.attention.multi_head import MultiHeadAttention
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.network.aggregation_table import build_aggregation
from nni_autoattend.network.token_aggregation import AdditionAggregation, AttentionAggregation
from nni_autoattend.ops.noise import Noise

MASK = torch.tensor([[True, True, True], [True, False, False]])


def operands(count):
    torch.manual_seed(0)
    return list(torch.randn(count, 2, 3, 8) * MASK.unsqueeze(-1))


def test_addition_adds_one_or_two_operands(shape):
    left, right = operands(2)
    aggregation = AdditionAggregation(shape).eval()
    assert torch.equal(aggregation([left, right], MASK), left + right)
    assert torch.equal(aggregation([left], MASK), left)
    assert not list(aggregation.parameters())


def test_addition_drops_out_while_training(shape):
    left, right = operands(2)
    result = AdditionAggregation(replace(shape, aggregation_dropout=0.9))([left, right], MASK)
    assert (result[MASK] == 0).float().mean() > 0.5


def test_attention_attends_and_norms(shape):
    query, key, value = operands(3)
    aggregation = AttentionAggregation(shape).eval()
    torch.nn.init.normal_(aggregation.norm.weight)
    torch.nn.init.normal_(aggregation.norm.bias)
    attended = MultiHeadAttention(shape.heads, 0.0)(query, key, value, MASK)
    expected = F.layer_norm(attended, (8,), aggregation.norm.weight, aggregation.norm.bias)
    result = aggregation([query, key, value], MASK)
    torch.testing.assert_close(result[MASK], expected[MASK])
    assert not result[~MASK].any()


@pytest.mark.parametrize("rate", ["attention_dropout", "aggregation_dropout"])
def test_attention_has_both_dropouts(shape, rate):
    none = replace(shape, dropout=0.0, attention_dropout=0.0, aggregation_dropout=0.0)
    still, noisy = AttentionAggregation(none), AttentionAggregation(replace(none, **{rate: 0.5}))
    first, second = still(operands(3), MASK), still(operands(3), MASK)
    assert torch.equal(first, second)
    assert not torch.equal(noisy(operands(3), MASK), first)


def test_kinds_build_their_aggregation(shape):
    assert isinstance(build_aggregation("addition", shape), AdditionAggregation)
    assert isinstance(build_aggregation("attention", shape), AttentionAggregation)


LAYOUT = TokenLayout.of([50])
LENGTHS = ([1], [1, 1, 1], [5, 5, 5], [2, 14, 1, 1, 2])


@pytest.mark.parametrize("short", [0, 1000])
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_attention_together_equals_forward(check, shape, monkeypatch, short, lengths, dtype, tolerance):
    monkeypatch.setattr(packed, "_SHORT", short)
    torch.manual_seed(0)
    aggregation = check.randomise(AttentionAggregation(shape)).to(dtype).eval()
    states = torch.randn(3, 2, sum(lengths), 8, dtype=dtype, requires_grad=True)
    inputs, mask = [states, *aggregation.parameters()], check.mask_of(lengths)
    padded = check.pad(states, lengths).unbind(1)  # (3, R, L, C) for each of the two architectures
    plain = torch.stack([check.pack(aggregation(list(own), mask), lengths) for own in padded])
    found = check.with_gradients(aggregation.together(states.unbind(0), TokenLayout.of(lengths), None), inputs)
    check.agree(found, check.with_gradients(plain, inputs), tolerance)


@pytest.mark.parametrize("rate", ["attention_dropout", "aggregation_dropout"])
def test_attention_together_has_both_dropouts(shape, rate):
    none = replace(shape, attention_dropout=0.0, aggregation_dropout=0.0)
    torch.manual_seed(0)
    states, layout = torch.randn(3, 2, 9, 8), TokenLayout.of([3, 2, 4])
    still, noisy = AttentionAggregation(none), AttentionAggregation(replace(none, **{rate: 0.5}))
    first, second = (still.together(states.unbind(0), layout, noise) for noise in (None, Noise(torch.float32)))
    assert torch.equal(first, second)
    assert not torch.equal(noisy.together(states.unbind(0), layout, Noise(torch.float32)), first)
    assert torch.equal(noisy.together(states.unbind(0), layout, None), first)


def test_addition_together_drops_out_and_nothing_else(shape):
    torch.manual_seed(0)
    total = torch.randn(2, 50, 64)
    aggregation = AdditionAggregation(replace(shape, aggregation_dropout=0.25))
    assert aggregation.together([total], LAYOUT, None) is total
    noisy = aggregation.together([total], LAYOUT, Noise(torch.float32))
    stays = noisy != 0
    torch.testing.assert_close(noisy[stays], total[stays] / 0.75)
    assert (~stays).double().mean().item() == pytest.approx(0.25, abs=0.03)
