"""A baseline on a graph, trained as published: Adam on the whole graph until validation no longer improves."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nni_autoattend.baselines.graph_table import PublishedSettings
from nni_autoattend.datasets.graph_batches import GraphInput, GraphNodes

if TYPE_CHECKING:
    from nni_autoattend.datasets.graph_prepare import GraphData


@dataclass(frozen=True)
class Outcome:
    """What a training came to; the network carries the weights of ``best_epoch``, counted from 1.

    Attributes:
        validation: accuracy then.
        best_epoch, epochs: where it was best, and where it ended.
        seconds: wall-clock time.
    """

    validation: float
    best_epoch: int
    epochs: int
    seconds: float


@dataclass(frozen=True)
class Judged:
    """What validation says of some weights; greater is better."""

    accuracy: float
    loss: float

    def better_than(self, other: Judged | None) -> bool:
        """Tell whether the accuracy is higher or, where it is the same, the loss lower."""
        return other is None or (self.accuracy, -self.loss) > (other.accuracy, -other.loss)


def train(
    network: nn.Module, training: GraphNodes, validation: GraphNodes, settings: PublishedSettings, seed: int
) -> Outcome:
    """Train ``network``, which has ``penalised()``, and leave it in evaluation mode with its best weights.

    It ends after ``patience`` epochs in a row in which the validation loss did not fall and its accuracy did not rise
    (Velickovic et al. 2018). Kept are the weights of the highest accuracy, of equal ones those of the lowest loss
    (Klicpera et al. 2019).
    """
    torch.manual_seed(seed)
    optimizer, started = _adam(network, settings), time.monotonic()
    best: Judged | None = None
    highest, lowest, waited, best_epoch, epoch = -1.0, float("inf"), 0, 0, 0
    weights: dict[str, Tensor] = {}
    while epoch < settings.epochs and waited < settings.patience:
        epoch += 1
        step(network, optimizer, training)
        judged = judge(network, validation)
        waited = 0 if judged.accuracy > highest or judged.loss < lowest else waited + 1
        highest, lowest = max(highest, judged.accuracy), min(lowest, judged.loss)
        if judged.better_than(best):
            best, best_epoch = judged, epoch
            weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.load_state_dict(weights)
    network.eval()
    return Outcome(highest, best_epoch, epoch, time.monotonic() - started)


def epoch_seconds(network: nn.Module, data: GraphData, settings: PublishedSettings, epochs: int = 3) -> float:
    """Return the seconds of an epoch of ``train``, after one that is not counted."""
    short = replace(settings, epochs=1)
    train(network, data.train, data.search, short, seed=0)
    return train(network, data.train, data.search, replace(short, epochs=epochs), seed=0).seconds / epochs


def step(network: nn.Module, optimizer: torch.optim.Optimizer, nodes: GraphNodes) -> None:
    """Learn from ``nodes`` once."""
    network.train()
    optimizer.zero_grad()
    F.cross_entropy(network(input_of(nodes)), nodes.labels).backward()  # type: ignore[no-untyped-call]
    optimizer.step()


@torch.no_grad()
def judge(network: nn.Module, nodes: GraphNodes) -> Judged:
    """Return accuracy and mean cross-entropy of ``nodes``."""
    network.eval()
    logits = network(input_of(nodes))
    right = (logits.argmax(dim=1) == nodes.labels).double().mean().item()
    return Judged(right, F.cross_entropy(logits, nodes.labels).item())


def input_of(nodes: GraphNodes) -> GraphInput:
    """Return what a network reads of ``nodes``."""
    return GraphInput(nodes.features, nodes.layout, nodes.targets)


def whole_validation(data: GraphData) -> GraphNodes:
    """Return both halves of validation: the published settings choose epochs on all of it."""
    halves = (data.search, data.selection)
    targets, labels = (torch.cat([getattr(half, name) for half in halves]) for name in ("targets", "labels"))
    return GraphNodes(data.search.features, data.search.layout, targets, labels)


def _adam(network: nn.Module, settings: PublishedSettings) -> torch.optim.Optimizer:
    penalised: list[Tensor] = network.penalised()  # type: ignore[operator]
    known = {id(weight) for weight in penalised}
    free = [weight for weight in network.parameters() if id(weight) not in known]
    groups = [{"params": penalised, "weight_decay": settings.weight_decay}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.Adam([group for group in groups if group["params"]], lr=settings.lr)
