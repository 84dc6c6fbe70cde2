"""What a network says of a split, without training on it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice

import torch
from torch import Tensor, nn

from nni_autoattend.datasets.batches import TextInput, TextLoader
from nni_autoattend.training.metrics import score

Classify = Callable[[TextInput], Tensor]
"""From a batch to logits (texts, classes)."""


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
    """Return the logits of every text of ``loader.dataset``, (N, classes) on the CPU, in the dataset's own order.

    Each distinct text goes through the network once; equal texts share its logits.

    Raises:
        ValueError: there is no text.
    """
    return next(logits_of_each(network, [network], loader))


def logits_of_each(network: nn.Module, runs: Iterable[Classify], loader: TextLoader) -> Iterator[Tensor]:
    """Yield what ``logits_of`` returns for each of several ways to run a network, in order.

    Several ways run side by side on a CPU, one per thread that torch may use: that takes less time than all threads on
    each.

    Raises:
        ValueError: there is no text.
    """
    device, workers, waiting = device_of(network), torch.get_num_threads(), iter(runs)
    if not loader.distinct.batches:
        raise ValueError("there is no text to evaluate")
    classify = partial(_classify, loader=loader, device=device)
    with evaluating(network):
        first = list(islice(waiting, 2))
        if workers == 1 or device.type != "cpu" or len(first) == 1:
            yield from map(classify, first)
            yield from map(classify, waiting)
        else:
            yield from _side_by_side(classify, first, waiting, workers)


def evaluate(network: nn.Module, loader: TextLoader, metric: str, classes: int) -> float:
    """Return ``metric`` of the network's most likely classes on ``loader.dataset``."""
    return score(metric, loader.dataset.labels, logits_of(network, loader).argmax(dim=1), classes)


def _side_by_side(
    classify: Callable[[Classify], Tensor], first: list[Classify], rest: Iterator[Classify], workers: int
) -> Iterator[Tensor]:
    try:
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            chunk = [*first, *islice(rest, workers - len(first))]
            while chunk:
                yield from pool.map(classify, chunk)
                chunk = list(islice(rest, workers))
    finally:
        torch.set_num_threads(workers)


def _classify(run: Classify, loader: TextLoader, device: torch.device) -> Tensor:
    with torch.no_grad():  # a thread has its own mode
        logits = torch.cat([run(text.to(device)) for text in loader.distinct.batches])
    return logits.cpu()[loader.distinct.rows]  # the device is waited for once
