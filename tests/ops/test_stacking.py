import torch
import torch.nn.functional as F
from torch import nn

from nni_autoattend.ops.stacking import folded, scale_and_shift, stacked


def test_several_weights_are_stacked_and_a_single_one_is_not_copied():
    one, two = torch.randn(3, 2), torch.randn(3, 2)
    assert torch.equal(stacked([one, two]), torch.stack((one, two)))
    assert stacked([one]).shape == (1, 3, 2)
    assert stacked([one]).data_ptr() == one.data_ptr()


def test_a_weight_that_stands_twice_gets_both_gradients():
    weight = torch.randn(3, requires_grad=True)
    (stacked([weight, weight]) * torch.tensor([[1.0], [2.0]])).sum().backward()
    assert weight.grad.tolist() == [3.0] * 3


def test_norms_give_their_weights_and_biases():
    norms = [nn.LayerNorm(4) for _ in range(2)]
    for norm in norms:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    scale, shift = scale_and_shift(norms)
    assert scale.shape == shift.shape == (2, 1, 4)
    states = torch.randn(2, 5, 4)
    expected = torch.stack([norm(own) for norm, own in zip(norms, states, strict=True)])
    torch.testing.assert_close(F.layer_norm(states, (4,)) * scale + shift, expected)


def test_a_folded_map_is_the_map_behind_scale_and_shift():
    torch.manual_seed(0)
    weight, bias, states = torch.randn(2, 3, 4), torch.randn(2, 3), torch.randn(2, 5, 4)
    scale, shift = torch.randn(2, 1, 4), torch.randn(2, 1, 4)
    matrices, biases = folded(weight, bias, scale, shift)
    assert (matrices.shape, biases.shape) == ((2, 4, 3), (2, 1, 3))
    expected = torch.stack([F.linear(states[g] * scale[g] + shift[g], weight[g], bias[g]) for g in range(2)])
    torch.testing.assert_close(states @ matrices + biases, expected, rtol=1e-5, atol=1e-5)
