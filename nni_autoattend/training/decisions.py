"""What logits say of items, and what it costs to be wrong: an item has one class, or any number of labels."""

from torch import Tensor
from torch.nn import functional as F


def is_multi_label(labels: Tensor) -> bool:
    """Tell whether items may have several labels: they are then (N, K) zeros and ones, else (N,) classes."""
    return labels.dim() == 2


def item_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the loss of each item, (N,).

    Cross-entropy; with several labels the mean over them of the binary cross-entropies.

    Args:
        logits: (N, K).
        labels: (N,) int64, or (N, K) float.
    """
    if is_multi_label(labels):
        return F.binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(dim=1)
    return F.cross_entropy(logits, labels, reduction="none")


def mean_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of ``item_losses``, a scalar."""
    if is_multi_label(labels):
        return F.binary_cross_entropy_with_logits(logits, labels)
    return F.cross_entropy(logits, labels)


def decisions(logits: Tensor, labels: Tensor) -> Tensor:
    """Return what the logits (N, K) decide, like ``labels``: (N,) the likeliest classes, or (N, K) probable labels."""
    return (logits > 0).to(labels.dtype) if is_multi_label(labels) else logits.argmax(dim=1)
