"""Convolutions over tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.dropout import thin_relu
from nni_autoattend.ops.neighbours import convolve3
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.stacking import folded, scale_and_shift, stacked
from nni_autoattend.ops.token_operation import TokenOperation, keep_real

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class Convolution(TokenOperation):
    """Norm, convolution over ``kernel`` tokens, ReLU, dropout; the output is as long as the input.

    The norm gives padding its bias, so padding is zeroed again before tokens are mixed; the released code does not.

    Args:
        width: channels in and out.
        kernel: tokens that one output sees, 1 (a linear map of each token) or 3.
        dropout: rate after the ReLU.

    Raises:
        ValueError: ``kernel`` is another number.
    """

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        if kernel not in (1, 3):
            raise ValueError(f"kernel must be 1 or 3, found {kernel}")
        self.kernel, self.dropout = kernel, dropout
        self.norm = nn.LayerNorm(width)
        self.convolution = nn.Linear(width, width) if kernel == 1 else nn.Conv1d(width, width, kernel, padding=1)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Convolve ``states`` (B, L, C); see ``TokenOperation.forward``."""
        normed = keep_real(self.norm(states), mask)
        if self.kernel == 1:
            mixed = self.convolution(normed)
        else:
            mixed = self.convolution(normed.transpose(1, 2)).transpose(1, 2)
        return F.dropout(F.relu(keep_real(mixed, mask)), self.dropout, self.training)

    @classmethod
    def together(cls, modules: Sequence[Self], states: Tensor, layout: TokenLayout, noise: Noise | None) -> Tensor:
        """Convolve the normalised ``states`` (G, T, C); see ``EdgeOperation.together``."""
        scale, shift = scale_and_shift([module.norm for module in modules])
        weight = stacked([module.convolution.weight for module in modules])
        bias = stacked([module.convolution.bias for module in modules])  # type: ignore[misc]  # both have one
        if modules[0].kernel == 1:
            matrices, biases = folded(weight, bias, scale, shift)
            mixed = torch.baddbmm(biases, states, matrices)
        else:
            matrices = weight.permute(0, 3, 2, 1).flatten(1, 2)  # (G, O, C, 3) -> (G, 3C, O)
            mixed = convolve3(torch.addcmul(shift, states, scale), matrices, bias.unsqueeze(1), layout)
        return thin_relu(mixed, modules[0].dropout, noise)
