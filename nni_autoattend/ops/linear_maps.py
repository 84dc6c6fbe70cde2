"""Linear maps of several modules at once."""

from collections.abc import Sequence

import torch
from torch import Tensor

from nni_autoattend.ops.stacking import stacked


def mapped(
    states: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor] | None = None, added: Tensor | None = None
) -> Tensor:
    """Apply G linear maps.

    Args:
        states: (G, N, C).
        weights: G of them, (O, C) each.
        biases: G of them, (O,) each; ``None``: nothing is added.
        added: (G, N, O), added instead of biases.

    Returns:
        (G, N, O).
    """
    matrices = stacked(weights).transpose(1, 2)
    if biases is not None:
        added = stacked(biases).unsqueeze(1)
    return torch.bmm(states, matrices) if added is None else torch.baddbmm(added, states, matrices)
