import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.ops.table import build_operation, check_heads, check_operations, holds_weights
from nni_autoattend.ops.token_table import TOKEN_OPERATIONS
from nni_autoattend.settings import NetworkShape

WIDTH = 4


def gradients_of_row(operation, states, mask, row, weights):
    """Output of ``row`` at its real positions, and the gradients of a weighted sum of it."""
    operation.zero_grad()
    states = states.clone().requires_grad_()
    length = int(mask[row].sum())
    output = operation(states, mask)
    (output[row, :length] * weights).sum().backward()
    parameters = {name: parameter.grad.clone() for name, parameter in operation.named_parameters()}
    return output.detach(), states.grad, parameters


@pytest.mark.parametrize("name", TOKEN_OPERATIONS)
@given(lengths=st.lists(st.integers(1, 7), min_size=1, max_size=4), extra=st.integers(0, 3), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_padding_and_batch_mates_change_nothing(name, lengths, extra, seed):
    torch.manual_seed(seed)
    operation = build_operation(name, NetworkShape(WIDTH, 1, 0.0, 0.0, 0.0)).double()
    for parameter in operation.parameters():
        torch.nn.init.normal_(parameter)  # a norm's bias of 0 would hide padding that is not masked again
    mask = torch.arange(max(lengths) + extra) < torch.tensor(lengths)[:, None]
    states = torch.randn(*mask.shape, WIDTH, dtype=torch.float64) * mask.unsqueeze(-1)
    weights = torch.randn(lengths[0], WIDTH, dtype=torch.float64)
    output, state_grad, parameter_grads = gradients_of_row(operation, states, mask, 0, weights)
    alone = states[:1, : lengths[0]], mask[:1, : lengths[0]]
    output_alone, state_grad_alone, parameter_grads_alone = gradients_of_row(operation, *alone, 0, weights)

    torch.testing.assert_close(output[:1, : lengths[0]], output_alone)
    torch.testing.assert_close(state_grad[:1, : lengths[0]], state_grad_alone)
    assert not state_grad[1:].any()
    assert not state_grad[~mask].any()
    assert not output[~mask].any()
    for parameter, grad in parameter_grads.items():
        torch.testing.assert_close(grad, parameter_grads_alone[parameter], msg=parameter)


@pytest.mark.parametrize(
    ("name", "count"), [("identity", 0), ("conv1", 4288), ("conv3", 12480), ("maxpool3", 128), ("gru", 50048)]
)
def test_parameter_counts_at_width_64(name, count):
    operation = build_operation(name, NetworkShape(64, 1, 0.1, 0.0, 0.0))
    assert sum(parameter.numel() for parameter in operation.parameters()) == count
    assert holds_weights(name) == (count > 0)


def test_zero_is_no_module_and_holds_no_weights():
    assert not holds_weights("zero")
    with pytest.raises(UnknownNameError, match="unknown operation 'zero'"):
        build_operation("zero", NetworkShape(4, 1, 0.0, 0.0, 0.0))


def test_unknown_names_are_told():
    with pytest.raises(UnknownNameError, match=r"'convv3' \(did you mean 'conv3'"):
        build_operation("convv3", NetworkShape(4, 1, 0.0, 0.0, 0.0))
    with pytest.raises(UnknownNameError, match="unknown operation 'lstm'"):
        holds_weights("lstm")


def test_a_space_may_offer_the_operations_and_zero():
    check_operations([*TOKEN_OPERATIONS, "zero"], "text")
    with pytest.raises(UnknownNameError, match=r"'maxpool' \(did you mean 'maxpool3'\?\); known: conv1, .*zero"):
        check_operations(["conv1", "maxpool"], "text")


def test_heads_of_an_operation_divide_the_width():
    check_heads(["zero", "gcn", "gat8", "gat16"], 32)
    check_heads(["gru"], 3)
    with pytest.raises(RecipeError, match=r"'gat16' has 16 heads.*24"):
        check_heads(["gat8", "gat16"], 24)
