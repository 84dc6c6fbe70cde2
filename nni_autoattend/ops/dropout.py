"""Dropout that draws its random bits in bulk."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_LEVELS = 2**16
"""Values of the 16 random bits that decide on one element."""


class Dropout(nn.Module):
    """Zero each element with probability ``rate`` while training and scale the others by 1 / (1 - rate).

    As ``nn.Dropout``, but on a CPU one 64-bit random number decides on four elements; torch draws one number for each,
    which took a quarter of a training step. The rate is rounded to a multiple of 2^-16. Torch's global generator is
    used, so ``torch.manual_seed`` fixes the result.

    Args:
        rate: probability in [0, 1).
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, values: Tensor) -> Tensor:
        """Return ``values`` (any shape), thinned out."""
        if not self.training or self.rate == 0.0:
            return values
        if values.device.type != "cpu":
            return F.dropout(values, self.rate)
        return values * _scaled_survivors(values, self.rate)

    def extra_repr(self) -> str:
        """Return the rate, for ``print(network)``."""
        return f"rate={self.rate}"


def _scaled_survivors(values: Tensor, rate: float) -> Tensor:
    """Return, shaped as ``values``, zero where an element is dropped and 1 / (1 - rate) where it stays."""
    count = values.numel()
    draws = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    bits = draws.view(torch.int16)[:count].view(values.shape)
    dropped = min(round(rate * _LEVELS), _LEVELS - 1)
    survives = bits >= dropped - _LEVELS // 2
    return survives.to(values.dtype).mul_(_LEVELS / (_LEVELS - dropped))
