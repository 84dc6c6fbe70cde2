import torch
import torch.nn.functional as F

from nni_autoattend.ops.max_pooling import MaxPooling


def test_takes_the_maximum_of_real_neighbours():
    torch.manual_seed(0)
    states = torch.randn(3, 6, 4)
    lengths = [6, 3, 1]
    mask = torch.arange(6) < torch.tensor(lengths)[:, None]
    pooled = MaxPooling(4)(states * mask.unsqueeze(-1), mask)
    normed = F.layer_norm(states, (4,))
    for row, length in enumerate(lengths):
        for position in range(length):
            expected = normed[row, max(position - 1, 0) : min(position + 2, length)].amax(0)
            torch.testing.assert_close(pooled[row, position], expected)
        assert not pooled[row, length:].any()


def test_padding_is_not_a_maximum_even_when_all_real_values_are_negative():
    operation = MaxPooling(2)
    with torch.no_grad():
        operation.norm.bias.fill_(-5.0)
    mask = torch.tensor([[True, False, False]])
    assert (operation(torch.tensor([[[1.0, -1.0], [0.0, 0.0], [0.0, 0.0]]]), mask)[0, 0] < -3).all()


def test_gradients_stay_finite_where_a_window_is_all_padding():
    states = torch.randn(1, 5, 4, requires_grad=True)
    mask = torch.tensor([[True, False, False, False, False]])
    operation = MaxPooling(4)
    (operation(states, mask) * torch.randn(1, 5, 4)).sum().backward()
    assert states.grad.isfinite().all()
    assert not states.grad[:, 1:].any()
    assert operation.norm.weight.grad.isfinite().all()


def test_together_does_not_take_a_neighbour_from_another_row(check):
    (operation,), lengths = check.build("maxpool3", 1), [2, 1, 3]
    states = torch.randn(1, 3, 3, 4)
    before = check.run_fast([operation], states, lengths)
    states[:, 2] = 100 * torch.randn(1, 3, 4)
    others = check.pack(torch.tensor([True, True, False]).view(1, 3, 1, 1).expand(1, 3, 3, 4), lengths)
    assert torch.equal(check.run_fast([operation], states, lengths)[others], before[others])
