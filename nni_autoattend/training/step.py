"""One optimisation step of a network that is trained by itself."""

import math
from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn

from nni_autoattend.settings import TrainingSettings
from nni_autoattend.training.adam import Adam
from nni_autoattend.training.consistency import consistent_loss
from nni_autoattend.training.decisions import mean_loss


class AdamStep:
    """Adam on the mean loss; a batch without a finite loss and gradient changes nothing.

    The loss is ``decisions.mean_loss`` or, where the settings ask for consistency, ``consistent_loss``.

    Args:
        network: ``forward(batch)`` gives logits (items, classes); its frozen parameters stay out. Where it has a method
            ``penalised()``, the L2 penalty is on the weights that this returns alone.
        settings: learning rate, L2 penalty, largest global gradient norm, consistency.
    """

    def __init__(self, network: nn.Module, settings: TrainingSettings) -> None:
        self.network = network
        self.weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimizer = Adam(self.weights, settings.lr, settings.weight_decay, penalised=_penalised(network))
        self.consistency = settings.consistency
        self.largest_norm = settings.clip or math.inf  # infinity: measured, not clipped

    def take(self, items: Any, labels: Tensor) -> float | None:
        """Learn from one batch and return its loss before the step, ``None`` where the batch was skipped."""
        self.optimizer.zero_grad()
        loss = self._loss(items, labels)
        value = loss.item()
        if not math.isfinite(value):
            return None
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.weights, self.largest_norm)
        if not math.isfinite(norm.item()):
            return None
        self.optimizer.step()
        return value

    def _loss(self, items: Any, labels: Tensor) -> Tensor:
        if self.consistency is None:
            return mean_loss(self.network(items), labels)
        return consistent_loss(self.network, items, labels, self.consistency, self.optimizer.steps)


def _penalised(network: nn.Module) -> Iterable[Tensor] | None:
    chosen = getattr(network, "penalised", None)
    return None if chosen is None else chosen()
