from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from nni_autoattend.attention.multi_head import MultiHeadAttention
from nni_autoattend.network.aggregation import AdditionAggregation, AttentionAggregation, build_aggregation

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
