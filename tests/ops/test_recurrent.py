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


def test_together_equals_torchs_bidirectional_gru(check):
    torch.manual_seed(0)
    (operation,), lengths = check.build("gru", 1, width=8), [6, 1, 9, 3]
    states = torch.randn(1, 4, 9, 8)
    reference = packed_reference(operation, 8)
    normed = operation.norm(states[0])
    packed = pack_padded_sequence(normed, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    both, _ = pad_packed_sequence(reference(packed)[0], batch_first=True)
    expected = check.pack((both[..., :8] + both[..., 8:]).unsqueeze(0), lengths)
    torch.testing.assert_close(check.run_fast([operation], states, lengths), expected, atol=1e-5, rtol=1e-5)


def test_every_token_sees_both_ends():
    torch.manual_seed(0)
    operation, mask = BidirectionalGRU(4, 0.0), torch.tensor([[True] * 4 + [False]])
    states = torch.randn(1, 5, 4) * mask.unsqueeze(-1)
    states.requires_grad_()
    for position in (0, 3):
        (grad,) = torch.autograd.grad(operation(states, mask)[0, position].square().sum(), states)
        assert grad[0, :4].abs().sum(-1).gt(0).all()
        assert not grad[0, 4].any()
