"""Recurrence over tokens."""

import torch
from torch import Tensor, nn

from nni_autoattend.ops.dropout import Dropout
from nni_autoattend.ops.gru_scan import scan_pair
from nni_autoattend.ops.operation import EdgeOperation, keep_real


class BidirectionalGRU(EdgeOperation):
    """Norm, a GRU from left to right and one from right to left, each as wide as the state; their sum; dropout.

    The second GRU reads each row reversed within its own length: what stands behind the last real token is read by
    neither before it counts. That equals a packed bidirectional GRU and saves the packing (a third of the time).

    Args:
        width: channels in, per direction and out.
        dropout: rate on the sum.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.rightward = nn.GRU(width, width, batch_first=True)
        self.leftward = nn.GRU(width, width, batch_first=True)
        self.dropout = Dropout(dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Run both GRUs over ``states`` (B, L, C); see ``EdgeOperation.forward``."""
        normed = self.norm(states)
        reversal = _reversal(mask).unsqueeze(-1).expand_as(states)
        rightward, leftward = self._run(normed, normed.gather(1, reversal))
        both = rightward + leftward.gather(1, reversal)
        return self.dropout(keep_real(both, mask))  # type: ignore[no-any-return]  # nn.Module calls give Any

    def _run(self, states: Tensor, reversed_states: Tensor) -> tuple[Tensor, Tensor]:
        if states.device.type != "cpu" or not torch.is_grad_enabled():  # one kernel there; nothing to keep here
            return self.rightward(states)[0], self.leftward(reversed_states)[0]
        timewise = torch.stack((states, reversed_states)).transpose(1, 2).contiguous()
        rightward, leftward = scan_pair(timewise, self.rightward, self.leftward).transpose(1, 2)
        return rightward, leftward


def _reversal(mask: Tensor) -> Tensor:
    """Return positions (B, L) that reverse the real tokens of each row among themselves; applied twice: nothing."""
    lengths = mask.sum(dim=1, keepdim=True)  # (B, 1)
    positions = torch.arange(mask.shape[1], device=mask.device)
    return (lengths - 1 - positions) % mask.shape[1]
