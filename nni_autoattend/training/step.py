"""One optimisation step of a network that is trained by itself."""

import math

from torch import Tensor, nn
from torch.nn import functional as F

from nni_autoattend.datasets.batches import TextInput
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.training.adam import Adam


class AdamStep:
    """Adam on mean cross-entropy; a batch without a finite loss and gradient changes nothing.

    Args:
        network: ``forward(TextInput)`` gives logits (texts, classes); its frozen parameters stay out.
        settings: learning rate, L2 penalty, largest global gradient norm.
    """

    def __init__(self, network: nn.Module, settings: TrainingSettings) -> None:
        self.network = network
        self.weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimizer = Adam(self.weights, settings.lr, settings.weight_decay)
        self.largest_norm = settings.clip or math.inf  # infinity: measured, not clipped

    def take(self, text: TextInput, labels: Tensor) -> float | None:
        """Learn from one batch and return its loss before the step, ``None`` where the batch was skipped."""
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.network(text), labels)
        value = loss.item()
        if not math.isfinite(value):
            return None
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.weights, self.largest_norm)
        if not math.isfinite(norm.item()):
            return None
        self.optimizer.step()
        return value
