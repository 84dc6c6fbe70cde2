"""From the last state to class scores."""

from torch import Tensor, nn


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
        return self.classifier(max_over_windows(windows, owner))  # type: ignore[no-any-return]


def max_over_windows(features: Tensor, owner: Tensor) -> Tensor:
    """Return the maximum (texts, C) per channel over the windows (R, C) of each text; ``owner`` as in ``Head``."""
    texts = int(owner[-1]) + 1
    if texts == len(owner):  # one window each
        return features
    index = owner.unsqueeze(-1).expand_as(features)
    lowest = features.new_full((texts, features.shape[1]), float("-inf"))
    return lowest.scatter_reduce(0, index, features, "amax")
