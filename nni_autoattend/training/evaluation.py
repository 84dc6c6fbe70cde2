"""What a network says of a split, without training on it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nni_autoattend.datasets.loader import Input, Loader
from nni_autoattend.training.calibration import calibrated_loss
from nni_autoattend.training.decisions import decisions
from nni_autoattend.training.metrics import score
from nni_autoattend.training.side_by_side import side_by_side, workers_on

Classify = Callable[[Any], Tensor]
"""From a batch to logits (items, classes)."""


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


def logits_of(network: nn.Module, loader: Loader) -> Tensor:
    """Return the logits of every item of ``loader.dataset``, (N, classes) on the CPU, in the dataset's own order.

    Each distinct item goes through the network once; equal ones share its logits.

    Raises:
        ValueError: there is no item.
    """
    return next(logits_of_each(network, [network], loader))


def logits_of_each(network: nn.Module, runs: Iterable[Classify], loader: Loader) -> Iterator[Tensor]:
    """Yield what ``logits_of`` returns for each of several ways to run a network, in order.

    On a CPU batches run side by side, one per thread that torch may use.

    Raises:
        ValueError: there is no item.
    """
    if not loader.distinct.batches:
        raise ValueError("there is nothing to evaluate")
    device, rows = device_of(network), loader.distinct.rows
    work = ((run, batch) for run in runs for batch in loader.distinct.batches)
    with evaluating(network):
        parts = side_by_side(partial(_classify, device=device), work, workers_on(device))
        while batches := list(islice(parts, len(loader.distinct.batches))):
            yield torch.cat(batches).cpu()[rows]  # the device is waited for once


class Judgement(NamedTuple):
    """What a network comes to on a part.

    Attributes:
        score: of what it decides.
        loss: mean over the items, at the temperature that suits the network best (see ``calibrated_loss``).
    """

    score: float
    loss: float


def judge(network: nn.Module, loader: Loader, metric: str, classes: int) -> Judgement:
    """Return ``metric`` of what the network decides on ``loader.dataset``, and its calibrated loss there."""
    return judge_logits(logits_of(network, loader), loader.dataset.labels, metric, classes)


def judge_logits(logits: Tensor, labels: Tensor, metric: str, classes: int) -> Judgement:
    """Return ``metric`` of what ``logits`` (N, classes) decide, and their calibrated loss."""
    return Judgement(score(metric, labels, decisions(logits, labels), classes), calibrated_loss(logits, labels))


def _classify(work: tuple[Classify, Input], device: torch.device) -> Tensor:
    run, items = work
    with torch.no_grad():  # a thread has its own mode
        return run(items.to(device))
