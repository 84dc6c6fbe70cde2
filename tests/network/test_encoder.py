import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.errors import UnknownNameError
from nni_autoattend.network.encoder import Encoder


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


@pytest.mark.parametrize("lengths", [[1], [1, 1, 1], [5, 5, 5], [2, 14, 1, 1, 2]], ids=str)
def test_forward_equals_the_plain_reference_in_outputs_and_all_gradients(check, small, shape, lengths):
    torch.manual_seed(0)
    encoder = check.randomise(Encoder(small, shape)).double().eval()
    states = torch.randn(1, sum(lengths), 8, dtype=torch.float64, requires_grad=True)
    inputs = [states, *encoder.parameters()]
    plain = check.run_plain_paths([small], states, lengths, encoder)
    found = check.with_gradients(encoder(states, TokenLayout.of(lengths)), inputs)
    check.agree(found, check.with_gradients(plain, inputs), 1e-9)


def test_one_operation_twice_on_one_state_and_role_is_one_module(shape):
    twice = Encoder(Architecture((AdditionLayer(0, "conv1", "conv1"),)), shape).eval()
    assert len(twice.operations) == 1
    states, layout = torch.randn(1, 4, 8), TokenLayout.of([3, 1])
    once = Encoder(Architecture((AdditionLayer(0, "conv1", "zero"),)), shape).eval()
    once.load_state_dict(twice.state_dict())
    torch.testing.assert_close(twice(states, layout), 2 * once(states, layout))


def test_key_and_value_of_one_operation_are_two_modules(shape):
    encoder = Encoder(Architecture((AttentionLayer(0, "conv1", "conv1", "conv1"),)), shape)
    assert len({id(module) for module in encoder.operations.values()}) == 3


def test_unknown_operations_are_told(shape):
    with pytest.raises(UnknownNameError, match="unknown operation 'conv9'"):
        Encoder(Architecture((AdditionLayer(0, "conv9", "zero"),)), shape)


@given(lengths=st.lists(st.integers(1, 9), min_size=2, max_size=6), architecture_seed=st.integers(0), rest=st.randoms())
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batch_mates_and_the_order_of_rows_change_nothing(
    check, draw_architecture, shape, lengths, architecture_seed, rest
):
    torch.manual_seed(0)
    encoder = check.randomise(Encoder(draw_architecture(architecture_seed), shape)).double().eval()
    states = torch.randn(1, len(lengths), max(lengths), 8, dtype=torch.float64)
    mates = [0, *rest.sample(range(1, len(lengths)), len(lengths) // 2)]
    rest.shuffle(mates)

    def run(rows):
        own = [lengths[row] for row in rows]
        packed = check.pack(states[:, rows, : max(own)], own).requires_grad_()
        outputs = check.pad(encoder(packed, TokenLayout.of(own)), own)[0]
        place = rows.index(0)
        total = outputs[place].square().sum()
        gradients = torch.autograd.grad(total, [packed, *encoder.parameters()], materialize_grads=True)
        of_states = check.pad(gradients[0], own)[0]
        assert not of_states[[other for other in range(len(rows)) if other != place]].any()
        return [outputs[place, : lengths[0]], of_states[place, : lengths[0]], *gradients[1:]]

    everyone = run(list(range(len(lengths))))
    check.agree(run(mates), everyone, 1e-9)
    check.agree(run([0]), everyone, 1e-9)
