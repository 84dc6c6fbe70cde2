import pytest
import torch
from torch import nn

from nni_autoattend.attention.multi_head import MultiHeadAttention


def identity_attention(width, heads):
    """Torch's own attention with identity projections: what the released code uses."""
    reference = nn.MultiheadAttention(width, heads, bias=False, batch_first=True)
    with torch.no_grad():
        reference.in_proj_weight.copy_(torch.eye(width).repeat(3, 1))
        reference.out_proj.weight.copy_(torch.eye(width))
    return reference


@pytest.mark.parametrize("heads", [1, 2, 8])
def test_equals_torch_attention_with_identity_projections(heads):
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 5, 8)
    mask = torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    expected, _ = identity_attention(8, heads)(query, key, value, key_padding_mask=~mask)
    result = MultiHeadAttention(heads, 0.3).eval()(query, key, value, mask)
    torch.testing.assert_close(result[mask], expected[mask])
    assert result.isfinite().all()


def test_what_stands_at_padded_keys_does_not_matter():
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 8)
    mask = torch.tensor([[True] * 4, [True, False, False, False]])
    attention = MultiHeadAttention(2, 0.0)
    before = attention(query, key, value, mask)
    other_key, other_value = key.clone(), value.clone()
    other_key[~mask], other_value[~mask] = 100.0, -100.0
    assert torch.equal(attention(query, other_key, other_value, mask), before)
    torch.testing.assert_close(before[1], value[1, 0].expand(4, 8))  # one real key: its value


def test_padded_keys_and_values_get_no_gradient():
    torch.manual_seed(0)
    query, key, value = (torch.randn(1, 3, 4, requires_grad=True) for _ in range(3))
    mask = torch.tensor([[True, True, False]])
    MultiHeadAttention(2, 0.0)(query, key, value, mask)[mask].square().sum().backward()
    for states in (key, value):
        assert not states.grad[~mask].any()
        assert states.grad[mask].abs().sum() > 0


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 6, 8)
    mask = torch.ones(2, 6, dtype=torch.bool)
    attention = MultiHeadAttention(2, 0.5)
    assert not torch.equal(attention(query, key, value, mask), attention(query, key, value, mask))
    attention.eval()
    assert torch.equal(attention(query, key, value, mask), attention(query, key, value, mask))


def test_has_no_weights():
    assert not list(MultiHeadAttention(8, 0.1).parameters())
