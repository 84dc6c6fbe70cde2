import pytest
import torch
import torch.nn.functional as F

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.convolution import Convolution


@pytest.mark.parametrize("kernel", [1, 3])
def test_equals_norm_convolution_relu(kernel):
    torch.manual_seed(0)
    operation = Convolution(8, kernel, dropout=0.3).eval()
    states = torch.randn(3, 7, 8)
    weight = operation.convolution.weight.view(8, 8, kernel)
    normed = F.layer_norm(states, (8,)).transpose(1, 2)
    expected = F.conv1d(normed, weight, operation.convolution.bias, padding=kernel // 2).relu().transpose(1, 2)
    torch.testing.assert_close(operation(states, torch.ones(3, 7, dtype=torch.bool)), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("length", [1, 2])
def test_texts_shorter_than_the_kernel_keep_their_length(length):
    states = torch.randn(2, length, 4)
    assert Convolution(4, 3, 0.0)(states, torch.ones(2, length, dtype=torch.bool)).shape == states.shape


def test_one_row_of_one_token_has_gradients():
    states = torch.randn(1, 1, 4, requires_grad=True)
    operation = Convolution(4, 3, 0.0)
    operation(states, torch.ones(1, 1, dtype=torch.bool)).sum().backward()
    assert operation.convolution.weight.grad.isfinite().all()


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    operation, states, mask = Convolution(16, 1, 0.5), torch.randn(4, 8, 16), torch.ones(4, 8, dtype=torch.bool)
    assert not torch.equal(operation(states, mask), operation(states, mask))
    operation.eval()
    assert torch.equal(operation(states, mask), operation(states, mask))


def test_together_leaves_the_normalised_states_as_they_are():
    """Several operations read one normalised state; the ReLU and the dropout of one must not reach the other."""
    layout, states = TokenLayout.of([3, 1]), torch.randn(1, 4, 8)
    for kernel in (1, 3):
        before = states.clone()
        Convolution.together([Convolution(8, kernel, 0.0)], states, layout, None)
        assert torch.equal(states, before)


@pytest.mark.parametrize("kernel", [0, 2, 5, -1])
def test_another_kernel_is_refused(kernel):
    with pytest.raises(ValueError, match=f"kernel must be 1 or 3, found {kernel}"):
        Convolution(4, kernel, 0.0)
