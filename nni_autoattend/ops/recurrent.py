"""Recurrence over tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.dropout import thin
from nni_autoattend.ops.gru_scan import scan
from nni_autoattend.ops.mirror import mirrored
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.stacking import folded, scale_and_shift, stacked
from nni_autoattend.ops.token_operation import TokenOperation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class BidirectionalGRU(TokenOperation):
    """Norm, a GRU from left to right and one from right to left, each as wide as the state; their sum; dropout.

    Args:
        width: channels in, per direction and out.
        dropout: rate on the sum.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.norm = nn.LayerNorm(width)
        self.rightward = nn.GRU(width, width, batch_first=True)
        self.leftward = nn.GRU(width, width, batch_first=True)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Run both GRUs over ``states`` (B, L, C); see ``TokenOperation.forward``."""
        normed, lengths = self.norm(states), mask.sum(dim=1)
        positions = torch.arange(mask.shape[1], device=mask.device)
        from_end = ((lengths.unsqueeze(1) - 1 - positions) % mask.shape[1]).unsqueeze(-1).expand_as(states)
        rightward = _run_packed(self.rightward, normed, lengths)
        leftward = _run_packed(self.leftward, normed.gather(1, from_end), lengths).gather(1, from_end)
        both = (rightward + leftward) * mask.unsqueeze(-1)
        return F.dropout(both, self.dropout, self.training)

    @classmethod
    def together(cls, modules: Sequence[Self], states: Tensor, layout: TokenLayout, noise: Noise | None) -> Tensor:
        """Run the GRUs over the normalised ``states`` (G, T, C); see ``EdgeOperation.together``.

        The second direction reads each row mirrored within its own length, so that both take each step together.
        """
        grus = [module.rightward for module in modules] + [module.leftward for module in modules]
        width = states.shape[-1]

        def weights(name: str) -> list[Tensor]:
            return [getattr(gru, name) for gru in grus]

        scale, shift = scale_and_shift([module.norm for module in modules] * 2)
        b_hidden = stacked(weights("bias_hh_l0"))
        b_new = b_hidden[:, 2 * width :]  # stays inside the reset gate; the others are added to the projection
        bias = stacked(weights("bias_ih_l0")) + F.pad(b_hidden[:, : 2 * width], (0, width))
        matrices, biases = folded(stacked(weights("weight_ih_l0")), bias, scale, shift)
        both_ways = torch.cat((states, mirrored(states, layout)))
        outputs = scan(
            torch.baddbmm(biases, both_ways, matrices), stacked(weights("weight_hh_l0")), b_new.unsqueeze(1), layout
        )
        rightward, leftward = outputs.chunk(2)
        both = rightward + mirrored(leftward, layout)
        return thin(both, modules[0].dropout, noise)


def _run_packed(gru: nn.GRU, states: Tensor, lengths: Tensor) -> Tensor:
    """Run ``gru`` over the real tokens of ``states`` (B, L, C); zeros behind them."""
    packed = pack_padded_sequence(states, lengths.cpu(), batch_first=True, enforce_sorted=False)
    outputs: PackedSequence = gru(packed)[0]
    return pad_packed_sequence(outputs, batch_first=True, total_length=states.shape[1])[0]
