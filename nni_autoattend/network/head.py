"""From the last state to class scores."""

import torch
from torch import Tensor, nn

from nni_autoattend.datasets.layout import TokenLayout
from nni_autoattend.ops.blocks import to_blocks


class Head(nn.Module):
    """Maximum over the tokens of each window, maximum over the windows of each text, then a linear map.

    Source: AutoAttend's released model (masked global max-pool; element-wise max over sliding windows; weights
    N(0, 0.02), bias 0).

    Args:
        width: channels of the state.
        classes: number of labels.
    """

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(width, classes)
        nn.init.normal_(self.classifier.weight, std=0.02)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, states: Tensor, mask: Tensor, owner: Tensor) -> Tensor:
        """Score the classes of each text.

        Args:
            states: (R, L, C), one row per window.
            mask: (R, L) bool, true at real tokens; at least one in each row.
            owner: (R,) int64, which text a window belongs to: ascending from 0, none left out.

        Returns:
            Logits (texts, classes).
        """
        windows = states.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(dim=1)  # (R, C)
        return self.classifier(max_over_windows(windows, owner, int(owner[-1]) + 1))  # type: ignore[no-any-return]

    def together(self, states: Tensor, layout: TokenLayout, owner: Tensor, texts: int) -> Tensor:
        """Score packed states.

        Args:
            states: (P, T, C).
            layout: of the T tokens in R rows.
            owner: (R,) int64, which text a row of the batch belongs to.
            texts: number of texts.

        Returns:
            Logits (P, texts, classes).
        """
        windows = _max_over_rows(states, layout)[:, layout.order.argsort()]  # (P, R, C) in the batch's order
        features = [max_over_windows(each, owner, texts) for each in windows.unbind(0)]
        return self.classifier(torch.stack(features))  # type: ignore[no-any-return]


def max_over_windows(features: Tensor, owner: Tensor, texts: int) -> Tensor:
    """Return the maximum (texts, C) per channel over the windows (R, C) of each text; ``owner`` as in ``Head``."""
    if texts == len(owner):  # one window each
        return features
    index = owner.unsqueeze(-1).expand_as(features)
    lowest = features.new_full((texts, features.shape[1]), float("-inf"))
    return lowest.scatter_reduce(0, index, features, "amax")


def _max_over_rows(states: Tensor, layout: TokenLayout) -> Tensor:
    """Return the maximum (P, R, C) per channel over the tokens (P, T, C) of each row, rows in the layout's order."""
    maxima = []
    for part, block in zip(to_blocks(states, layout), layout.blocks, strict=True):
        real = part if block.real is None else part.masked_fill(~block.real.unsqueeze(-1), float("-inf"))
        maxima.append(real.amax(dim=1))
    return torch.cat(maxima, dim=1)
