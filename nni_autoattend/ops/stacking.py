"""The weights of several modules of one class as one tensor, so that one batched call serves them all."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def stacked(weights: Sequence[Tensor]) -> Tensor:
    """Return G weights of one shape as (G, ...); a single one is not copied."""
    return weights[0].unsqueeze(0) if len(weights) == 1 else torch.stack(list(weights))


def scale_and_shift(norms: Sequence[nn.LayerNorm]) -> tuple[Tensor, Tensor]:
    """Return the weights and the biases of G norms over C channels, each (G, 1, C)."""
    return (
        stacked([norm.weight for norm in norms]).unsqueeze(1),
        stacked([norm.bias for norm in norms]).unsqueeze(1),
    )


def folded(weight: Tensor, bias: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
    """Fold a norm's scale and shift into the linear map behind it: W (s x + t) + b = (W s) x + (W t + b).

    Args:
        weight: (G, O, C).
        bias: (G, O).
        scale: (G, 1, C).
        shift: (G, 1, C).

    Returns:
        Matrices (G, C, O), to be multiplied from the right, and biases (G, 1, O).
    """
    turned = weight.transpose(1, 2)
    return (weight * scale).transpose(1, 2), torch.baddbmm(bias.unsqueeze(1), shift, turned)
