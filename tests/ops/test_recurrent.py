import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nni_autoattend.ops.recurrent import BidirectionalGRU


def packed_reference(operation, width):
    reference = nn.GRU(width, width, bidirectional=True, batch_first=True)
    rightward = operation.rightward.state_dict()
    leftward = {f"{name}_reverse": value for name, value in operation.leftward.state_dict().items()}
    reference.load_state_dict(rightward | leftward)
    return reference


def test_equals_the_sum_of_a_packed_bidirectional_gru():
    torch.manual_seed(0)
    operation, lengths = BidirectionalGRU(4, dropout=0.4).eval(), torch.tensor([6, 1, 3])
    mask = torch.arange(6) < lengths[:, None]
    states = torch.randn(3, 6, 4) * mask.unsqueeze(-1)
    normed = F.layer_norm(states, (4,))
    packed = pack_padded_sequence(normed, lengths, batch_first=True, enforce_sorted=False)
    both, _ = pad_packed_sequence(packed_reference(operation, 4)(packed)[0], batch_first=True)
    expected = both[..., :4] + both[..., 4:]
    torch.testing.assert_close(operation(states, mask), expected, atol=1e-6, rtol=1e-5)


def test_every_token_sees_both_ends():
    torch.manual_seed(0)
    operation, mask = BidirectionalGRU(4, 0.0), torch.tensor([[True] * 4 + [False]])
    states = torch.randn(1, 5, 4) * mask.unsqueeze(-1)
    states.requires_grad_()
    for position in (0, 3):
        (grad,) = torch.autograd.grad(operation(states, mask)[0, position].square().sum(), states)
        assert grad[0, :4].abs().sum(-1).gt(0).all()
        assert not grad[0, 4].any()
