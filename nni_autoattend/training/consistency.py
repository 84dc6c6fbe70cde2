"""The loss of views that disagree: what a network says of an item should not hang on what dropout takes away.

It needs no labels, so that on a graph the nodes without one teach, too (Feng et al. 2020, section 3.2).
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from nni_autoattend.settings_consistency import Consistency
from nni_autoattend.training.decisions import is_multi_label, mean_loss


def consistent_loss(
    network: Callable[[Any], Tensor], items: Any, labels: Tensor, settings: Consistency, steps: int
) -> Tensor:
    """Return the mean loss of the labels over all views, plus the weighted disagreement of the views, a scalar.

    Args:
        network: from a batch to logits (items, classes); each call is a view.
        items: the batch.
        labels: of its items.
        settings: weight, views, temperature.
        steps: taken before this one.
    """
    known, wider = len(labels), items.with_unlabelled()
    views = [network(wider) for _ in range(settings.views)]
    of_labels = torch.stack([mean_loss(view[:known], labels) for view in views]).mean()
    apart = disagreement(views, settings.temperature, multi_label=is_multi_label(labels))
    return of_labels + settings.weight_after(steps) * apart


def disagreement(views: Sequence[Tensor], temperature: float, *, multi_label: bool) -> Tensor:
    """Return the mean squared distance of the views' probabilities to their sharpened mean, a scalar.

    1 / (S N) sum_s sum_i |p_s,i - sharpened_i|^2, with sharpened ~ mean^(1 / temperature), which is a constant (Feng et
    al. 2020, equations 4 and 5). With several labels each label is a distribution of its own, and their mean counts.

    Args:
        views: S logits, each (N, K).
        temperature: 1: the mean itself.
        multi_label: whether an item may have several labels.
    """
    if multi_label:
        views = [torch.stack([view, torch.zeros_like(view)], dim=-1) for view in views]  # (N, K, yes and no)
    probabilities = torch.stack([view.softmax(dim=-1) for view in views])
    sharpened = _sharpened(probabilities.detach().mean(dim=0), temperature)
    return (probabilities - sharpened).square().sum(dim=-1).mean()


def _sharpened(probabilities: Tensor, temperature: float) -> Tensor:
    return (probabilities.clamp_min(torch.finfo(probabilities.dtype).tiny).log() / temperature).softmax(dim=-1)
