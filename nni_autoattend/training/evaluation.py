"""What a network says of a split, without training on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nni_autoattend.datasets.batches import TextLoader
from nni_autoattend.training.metrics import score


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put every module in evaluation mode without gradients, and back into its own mode afterwards."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True


def device_of(network: nn.Module) -> torch.device:
    """Return where the weights of ``network`` are (the CPU without weights)."""
    return next((parameter.device for parameter in network.parameters()), torch.device("cpu"))


def logits_of(network: nn.Module, loader: TextLoader) -> Tensor:
    """Return the logits of every text of ``loader.dataset``, (N, classes) on the CPU, in the dataset's own order."""
    device = device_of(network)
    with evaluating(network):
        logits = torch.cat([network(text.to(device)).cpu() for text, _ in loader])
    ordered = torch.empty_like(logits)
    ordered[loader.order] = logits
    return ordered


def evaluate(network: nn.Module, loader: TextLoader, metric: str, classes: int) -> float:
    """Return ``metric`` of the network's most likely classes on ``loader.dataset``."""
    return score(metric, loader.dataset.labels, logits_of(network, loader).argmax(dim=1), classes)
