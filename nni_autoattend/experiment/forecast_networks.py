"""What one step, and scoring one item, of networks that are trained by themselves costs: some of each are done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.by_modality import scoring_loader
from nni_autoattend.experiment.forecast import MemoryForecast
from nni_autoattend.experiment.forecast_batches import EpochSample, sample_epoch, scored_tokens, thinned, tokens_of
from nni_autoattend.experiment.forecast_memory import MemoryWatch, resident, settle, trainable_bytes
from nni_autoattend.experiment.forecast_pace import STILL, Timed, mean_step
from nni_autoattend.settings import TrainingSettings

if TYPE_CHECKING:
    from torch import nn

    from nni_autoattend.datasets.loader import Part
    from nni_autoattend.training.step import AdamStep

_STEPS_EACH = 2
_FEW_TEXTS = 16
_SCORING_SHARE = 0.5
"""Part of the time left that scoring some texts may take."""


@dataclass(frozen=True)
class NetworkCost:
    """What training and scoring cost.

    Attributes:
        step: mean seconds of a training step over an epoch.
        token: seconds per token of scored texts, or node of a graph.
        build: seconds of building one network.
        memory: peak; ``None`` where it cannot be read.
        measured: timed steps and scorings.
    """

    step: float
    token: float
    build: float
    memory: MemoryForecast | None
    measured: int

    def scoring(self, part: Part) -> float:
        """Return the seconds of scoring ``part``, equal texts once."""
        return self.token * scored_tokens(part)


def measure_networks(
    name: str,
    builds: Sequence[Callable[[], nn.Module]],
    training: TrainingSettings,
    train: Part,
    scored: Part,
    deadline: Deadline,
) -> NetworkCost:
    """Take some steps with each network, at least one with the first, and score some items with it.

    Args:
        name: phase that the memory is of.
        builds: make the untrained networks; they differ where an architecture is yet to be found.
        training: how they are trained.
        train: what to learn from.
        scored: what to score.
        deadline: no further step is taken after it.
    """
    epoch = sample_epoch(train, training, seed=0)
    networks = _Networks(name, training, epoch, scored)
    settle()
    with MemoryWatch() as watch:
        for build in builds:
            if networks.timed and deadline.expired():
                break
            networks.measure(build, deadline)
    return networks.cost(watch.peak)


class _Networks:
    """Measures networks of one kind, one after the other."""

    def __init__(self, name: str, training: TrainingSettings, epoch: EpochSample, scored: Part) -> None:
        self._name, self._training, self._epoch, self._scored = name, training, epoch, scored
        self._memory: MemoryForecast | None = None
        self._batches: list[Any] = []
        self._built: list[float] = []
        self._tokens: list[float] = []
        self.timed: list[Timed] = []

    def measure(self, build: Callable[[], nn.Module], deadline: Deadline) -> None:
        """Build a network, take its steps, score some items."""
        from nni_autoattend.training.device import compute_device
        from nni_autoattend.training.step import AdamStep

        started = time.perf_counter()
        network = build().to(compute_device())
        self._built.append(time.perf_counter() - started)
        before, size = resident(), trainable_bytes(network)
        if self._memory is None and before is not None:
            self._memory = MemoryForecast(self._name, before - size, size, size, 2 * size, 0)
        step = AdamStep(network.train(), replace(self._training, lr=STILL))
        _seconds(step, self._epoch.warm_up)
        if not self._batches:
            self._time(step, self._epoch.warm_up)
            first, *self._batches = self._epoch.affordable(self._pace(), deadline.remaining())
            _seconds(step, first)
        for number in range(_STEPS_EACH):
            if number and deadline.expired():
                break
            self._batches.append(self._batches.pop(0))
            self._time(step, self._batches[-1])
        self._tokens.append(self._scored_token(network, deadline.remaining()))

    def cost(self, peak: int | None) -> NetworkCost:
        """Return what was measured."""
        memory = with_activations(self._memory, peak)
        if memory is not None:
            memory = replace(memory, activations=self._epoch.enlarged(memory.activations, self._batches))
        return NetworkCost(
            step=mean_step(self.timed, self._epoch.tokens),
            token=sum(self._tokens) / len(self._tokens),
            build=sum(self._built) / len(self._built),
            memory=memory,
            measured=len(self.timed) + len(self._tokens),
        )

    def _time(self, step: AdamStep, batch: Any) -> None:
        self.timed.append(Timed(tokens_of(batch), _seconds(step, batch)))

    def _pace(self) -> float:
        """Return seconds per token of the step that was taken last."""
        return self.timed[-1].seconds / self.timed[-1].tokens

    def _scored_token(self, network: nn.Module, left: float) -> float:
        from nni_autoattend.training.evaluation import logits_of

        item = scored_tokens(self._scored) / len(self._scored) * self._pace()
        affordable = int(min(left * _SCORING_SHARE / item, self._training.batch_size))
        few = thinned(self._scored, max(_FEW_TEXTS, affordable))
        loader = scoring_loader(few, self._training.batch_size)
        started = time.perf_counter()
        logits_of(network, loader)
        return (time.perf_counter() - started) / scored_tokens(few)


def with_activations(memory: MemoryForecast | None, peak: int | None) -> MemoryForecast | None:
    """Return ``memory`` with what the watched ``peak`` has beyond it."""
    if memory is None or peak is None:
        return None
    return replace(memory, activations=max(0, peak - memory.total))


def _seconds(step: AdamStep, batch: Any) -> float:
    from nni_autoattend.training.evaluation import device_of

    device = device_of(step.network)
    started = time.perf_counter()
    step.take(batch[0].to(device), batch[1].to(device))
    return time.perf_counter() - started
