"""Max-pooling over neighbouring tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.neighbours import maximum3
from nni_autoattend.ops.noise import Noise
from nni_autoattend.ops.stacking import scale_and_shift
from nni_autoattend.ops.token_operation import TokenOperation

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class MaxPooling(TokenOperation):
    """Norm, then the maximum over each token and its two neighbours; padding never is the maximum.

    The released code pools over padding too, so that its results depend on the batch; we differ.

    Args:
        width: channels in and out.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Pool ``states`` (B, L, C); see ``TokenOperation.forward``."""
        padded = ~mask.unsqueeze(-1)
        normed = self.norm(states).masked_fill(padded, float("-inf"))
        pooled = F.max_pool1d(normed.transpose(1, 2), kernel_size=3, stride=1, padding=1).transpose(1, 2)
        return pooled.masked_fill(padded, 0.0)

    @classmethod
    def together(cls, modules: Sequence[Self], states: Tensor, layout: TokenLayout, noise: Noise | None) -> Tensor:
        """Pool the normalised ``states`` (G, T, C); see ``EdgeOperation.together``."""
        scale, shift = scale_and_shift([module.norm for module in modules])
        return maximum3(torch.addcmul(shift, states, scale), layout)
