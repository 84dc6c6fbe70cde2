import torch

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
    assert torch.equal(max_over_windows(features, torch.arange(3)), features)
    repeated, owner = features.repeat_interleave(2, dim=0), torch.tensor([0, 0, 1, 1, 2, 2])
    assert torch.equal(max_over_windows(repeated, owner), features)


def test_the_gradient_goes_to_the_window_with_the_maximum():
    features = torch.tensor([[1.0, 5.0], [2.0, 4.0], [0.0, 0.0]], requires_grad=True)
    max_over_windows(features, torch.tensor([0, 0, 1])).sum().backward()
    assert features.grad.tolist() == [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def test_starts_as_released():
    torch.manual_seed(0)
    head = Head(256, 50)
    assert abs(head.classifier.weight.std().item() - 0.02) < 0.001
    assert not head.classifier.bias.any()
