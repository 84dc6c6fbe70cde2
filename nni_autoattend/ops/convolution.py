"""Convolutions over tokens."""

import torch.nn.functional as F
from torch import Tensor, nn

from nni_autoattend.ops.dropout import Dropout
from nni_autoattend.ops.operation import EdgeOperation, keep_real


class Convolution(EdgeOperation):
    """Norm, convolution over ``kernel`` tokens, ReLU, dropout; the output is as long as the input.

    The norm gives padding its bias, so padding is zeroed again before tokens are mixed; the released code does not.

    Args:
        width: channels in and out.
        kernel: tokens that one output sees; odd. 1 is a linear map of each token.
        dropout: rate after the ReLU.

    Raises:
        ValueError: ``kernel`` is even or not positive: the length could not stay as it is.
    """

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"kernel must be odd and positive, found {kernel}")
        self.kernel = kernel
        self.norm = nn.LayerNorm(width)
        self.convolution = nn.Linear(width, width) if kernel == 1 else nn.Conv1d(width, width, kernel)
        self.dropout = Dropout(dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Convolve ``states`` (B, L, C); see ``EdgeOperation.forward``."""
        normed = self.norm(states)
        mixed = self.convolution(normed) if self.kernel == 1 else self._mix(keep_real(normed, mask))
        return self.dropout(F.relu(keep_real(mixed, mask)))  # type: ignore[no-any-return]  # nn.Module calls give Any

    def _mix(self, states: Tensor) -> Tensor:
        # As a convolution over an image of height one the channel-last layout is taken as it lies: on a CPU twice as
        # fast as Conv1d, which copies it.
        image = states.transpose(1, 2).unsqueeze(2)  # (B, C, 1, L)
        weight, bias = self.convolution.weight.unsqueeze(2), self.convolution.bias
        return F.conv2d(image, weight, bias, padding=(0, self.kernel // 2)).squeeze(2).transpose(1, 2)
