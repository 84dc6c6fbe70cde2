import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nni_autoattend.datasets import layout as layouts
from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.network.head import Head, max_over_windows

MASK = torch.tensor([[True, True, True], [True, False, False], [True, True, False]])


def test_pools_real_tokens_and_the_windows_of_a_text():
    torch.manual_seed(0)
    head, states = Head(4, 3), torch.randn(3, 3, 4) - 3  # negative: a zero of the padding would be the maximum
    logits = head(states, MASK, torch.tensor([0, 0, 1]))
    first = torch.maximum(states[0].amax(0), states[1, 0])
    second = states[2, :2].amax(0)
    torch.testing.assert_close(logits, head.classifier(torch.stack([first, second])))


def test_one_window_each_equals_the_general_way():
    torch.manual_seed(0)
    features = torch.randn(3, 4)
    assert torch.equal(max_over_windows(features, torch.arange(3), 3), features)
    repeated, owner = features.repeat_interleave(2, dim=0), torch.tensor([0, 0, 1, 1, 2, 2])
    assert torch.equal(max_over_windows(repeated, owner, 3), features)


def test_the_gradient_goes_to_the_window_with_the_maximum():
    features = torch.tensor([[1.0, 5.0], [2.0, 4.0], [0.0, 0.0]], requires_grad=True)
    max_over_windows(features, torch.tensor([0, 0, 1]), 2).sum().backward()
    assert features.grad.tolist() == [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def test_starts_as_released():
    torch.manual_seed(0)
    head = Head(256, 50)
    assert abs(head.classifier.weight.std().item() - 0.02) < 0.001
    assert not head.classifier.bias.any()


@given(
    windows=st.lists(st.lists(st.integers(1, 14), min_size=1, max_size=4), min_size=1, max_size=6),
    paths=st.integers(1, 3),
    call=st.sampled_from([0, 20, 4000]),
)
@example(windows=[[1]], paths=1, call=4000)
@example(windows=[[1], [1], [1]], paths=2, call=4000)
@example(windows=[[5, 5], [5]], paths=2, call=4000)
@example(windows=[[2, 1], [14, 14, 3], [1]], paths=1, call=4000)
@settings(max_examples=25, deadline=None)
def test_together_equals_forward_in_outputs_and_all_gradients(check, windows, paths, call):
    """``windows``: the tokens in each window of each text."""
    lengths = [length for text in windows for length in text]
    owner = torch.tensor([number for number, text in enumerate(windows) for _ in text])
    torch.manual_seed(sum(lengths))
    head = check.randomise(Head(4, 3)).double()
    states = torch.randn(paths, sum(lengths), 4, dtype=torch.float64, requires_grad=True)
    inputs = [states, *head.parameters()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "_CALL", call)  # cheap calls: many blocks
        layout = TokenLayout.of(lengths)
    found = check.with_gradients(head.together(states, layout, owner, len(windows)), inputs)
    padded, mask = check.pad(states, lengths), check.mask_of(lengths)
    plain = torch.stack([head(own, mask, owner) for own in padded])
    check.agree(found, check.with_gradients(plain, inputs), 1e-10)


def test_together_takes_no_zero_for_a_maximum():
    head = Head(4, 3)
    torch.nn.init.ones_(head.classifier.weight)
    states = -10 - torch.rand(1, 6, 4)
    assert (head.together(states, TokenLayout.of([3, 1, 2]), torch.tensor([0, 1, 1]), 2) < -40).all()
