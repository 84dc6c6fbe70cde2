from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.network.encoder import Encoder


def masked_states(lengths, extra=0):
    mask = torch.arange(max(lengths) + extra) < torch.tensor(lengths)[:, None]
    return torch.randn(*mask.shape, 8, dtype=torch.float64) * mask.unsqueeze(-1), mask


def test_modules_have_stable_readable_names(small, shape):
    encoder = Encoder(small, shape)
    assert list(encoder.operations) == [
        "01_00_feature_gru",
        "01_00_feature_conv3",
        "02_01_query_conv1",
        "02_00_key_maxpool3",
        "03_02_feature_conv1",
        "04_03_query_gru",
        "04_02_key_conv3",
        "04_02_value_conv1",
    ]
    assert list(encoder.aggregations) == ["01", "02", "03", "04"]
    assert list(encoder.weightless) == ["identity"]


def test_forward_is_what_the_architecture_says(small, shape):
    torch.manual_seed(0)
    encoder = Encoder(small, shape).double().eval()
    s0, mask = masked_states([4, 2])
    op, agg = encoder.operations, encoder.aggregations
    s1 = op["01_00_feature_gru"](s0, mask) + op["01_00_feature_conv3"](s0, mask)
    s2 = agg["02"]([op["02_01_query_conv1"](s1, mask), op["02_00_key_maxpool3"](s0, mask), s0], mask)
    s3 = op["03_02_feature_conv1"](s2, mask)
    query = op["04_03_query_gru"](s3, mask)
    s4 = agg["04"]([query, op["04_02_key_conv3"](s2, mask), op["04_02_value_conv1"](s2, mask)], mask)
    torch.testing.assert_close(encoder(s0, mask), s4)


def test_one_operation_twice_on_one_state_and_role_is_one_module(shape):
    twice = Encoder(Architecture((AdditionLayer(0, "conv1", "conv1"),)), shape).eval()
    assert len(twice.operations) == 1
    states, mask = masked_states([3])
    states = states.float()
    once = Encoder(Architecture((AdditionLayer(0, "conv1", "zero"),)), shape).eval()
    once.load_state_dict(twice.state_dict())
    torch.testing.assert_close(twice(states, mask), 2 * once(states, mask))


def test_key_and_value_of_one_operation_are_two_modules(shape):
    encoder = Encoder(Architecture((AttentionLayer(0, "conv1", "conv1", "conv1"),)), shape)
    assert len({id(module) for module in encoder.operations.values()}) == 3


def test_unknown_operations_are_told(shape):
    with pytest.raises(UnknownNameError, match="unknown operation 'conv9'"):
        Encoder(Architecture((AdditionLayer(0, "conv9", "zero"),)), shape)


@given(
    lengths=st.lists(st.integers(1, 6), min_size=2, max_size=4),
    extra=st.integers(0, 3),
    architecture_seed=st.integers(0),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_padding_and_batch_mates_change_nothing(draw_architecture, shape, lengths, extra, architecture_seed):
    torch.manual_seed(0)
    still = replace(shape, dropout=0.0, attention_dropout=0.0, aggregation_dropout=0.0)
    encoder = Encoder(draw_architecture(architecture_seed), still).double()
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    states, mask = masked_states(lengths, extra)
    length = lengths[0]
    weights = torch.randn(length, 8, dtype=torch.float64)

    def run(rows, tokens):
        encoder.zero_grad()
        last = encoder(states[:rows, :tokens], mask[:rows, :tokens])
        (last[0, :length] * weights).sum().backward()
        return last.detach(), {name: p.grad.clone() for name, p in encoder.named_parameters() if p.grad is not None}

    together, grads = run(len(lengths), mask.shape[1])
    alone, grads_alone = run(1, length)
    torch.testing.assert_close(together[:1, :length], alone)
    assert not together[~mask].any()
    for name, grad in grads_alone.items():
        torch.testing.assert_close(grads[name], grad, msg=name)
