"""The first phase of AutoAttend: training a supernet on several distinct uniform paths per step.

Source: AutoAttend's released ``train_supernet.py``: for each mini-batch distinct uniform architectures, the backward
pass of each (gradients are summed, not averaged), the global norm clipped, one optimiser step.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from torch import nn

from nni_autoattend.errors import DivergedError
from nni_autoattend.strategy.batch_stream import BatchStream
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.detached_steps import DetachedSteps
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_step import SupernetStep
from nni_autoattend.training.checkpoint import (
    load_checkpoint,
    random_states,
    restore_random_states,
    save_checkpoint,
)
from nni_autoattend.training.loop import SKIPPED_IN_A_ROW

PHASE = "supernet"
_HISTORY_EVERY = 10


@dataclass
class Position:
    """How far the phase is; all of it is in the checkpoint."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    finished: bool = False


class SupernetPhase:
    """Trains ``model`` in place; ``run`` continues from the checkpoint where there is one.

    Args:
        steps: the Lightning module's steps.
        model: the supernet (an NNI model space after mutation).
        samples: the space, for drawing paths.
        loader: training batches.
        epochs: passes over ``loader``.
        paths: distinct paths per step.
        clip: largest global norm of the summed gradients (0: no clipping).
        context: surroundings; the checkpoint is ``checkpoints/supernet.pt``.
        on_epoch: called with the mean loss after every epoch.
    """

    def __init__(
        self,
        steps: DetachedSteps,
        model: nn.Module,
        samples: SampleSpace,
        loader: Any,
        *,
        epochs: int,
        paths: int,
        clip: float,
        context: SearchContext,
        on_epoch: Callable[[float], None] = lambda loss: None,
    ) -> None:
        self.steps, self.model, self.samples = steps, model, samples
        self.epochs, self.paths, self.context, self.on_epoch = epochs, paths, context, on_epoch
        self.stream, self.step = BatchStream(loader), SupernetStep(steps, model, clip)
        self.position = Position()
        self._rng = Random(f"{context.seed} paths")
        self._stream_state: dict[str, Any] | None = None
        self._saved_at = time.monotonic()
        folder = context.checkpoints if steps.team.leads else None
        self._checkpoint = None if folder is None else folder / "supernet.pt"

    def run(self) -> Position:
        """Train until the epochs are over or the deadline is; return how far it came.

        Raises:
            DivergedError: ten paths in a row had no finite loss; the state before them is in the checkpoint.
        """
        self._load()
        if self.position.finished:
            return self.position
        total = self.epochs * len(self.stream)
        self.context.observer.start("supernet", total, self.position.step, self.context.deadline)
        self.steps.module.train()
        while self.position.epoch < self.epochs and not self._time_is_up():
            self._run_epoch()
        self.position.finished = True
        self._save()
        self.context.observer.finish()
        return self.position

    def _run_epoch(self) -> None:
        position = self.position
        for index, batch in self.stream.epoch(position.epoch, position.batch, self._stream_state):
            started = time.monotonic()
            loss = self._take_step(batch, index)
            position.seconds += time.monotonic() - started
            position.batch, position.step = index + 1, position.step + 1
            self._note(loss)
            if position.batch < len(self.stream) and self._time_is_up():
                return
            if time.monotonic() - self._saved_at >= 60 * self.context.checkpoint_minutes:
                self._save()
        self.on_epoch(_mean(position.losses))
        position.epoch, position.batch, position.losses, self._stream_state = position.epoch + 1, 0, [], None

    def _time_is_up(self) -> bool:
        return self.steps.team.agreed(self.context.deadline.expired())

    def _take_step(self, batch: Any, index: int) -> float:
        """Take a step and return its mean loss, NaN where it was skipped."""
        taken = self.step.take(batch, index, self.samples.distinct(self.paths, self._rng))
        position = self.position
        position.skipped += taken.skipped
        position.skipped_in_a_row = 0 if taken.losses else position.skipped_in_a_row + taken.skipped
        if position.skipped_in_a_row >= SKIPPED_IN_A_ROW:
            self._save()
            raise DivergedError(
                f"{SKIPPED_IN_A_ROW} paths in a row had no finite loss (step {position.step}); the state is saved; "
                "try a smaller learning rate: --set strategy.search.lr=..."
            )
        return _mean(taken.losses)

    def _note(self, loss: float) -> None:
        position = self.position
        position.losses.append(loss)
        self.context.observer.advance(1, loss=loss)
        if position.step % _HISTORY_EVERY == 0 or position.batch == len(self.stream):
            self.context.history.add(
                PHASE,
                epoch=position.epoch,
                step=position.step,
                loss=_mean(position.losses[-_HISTORY_EVERY:]),
                skipped=position.skipped,
                seconds=round(position.seconds, 3),
            )

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        self.context.history.write()
        if self._checkpoint is not None:
            save_checkpoint(self._checkpoint, self._state())

    def _state(self) -> dict[str, Any]:
        return {
            "position": dict(vars(self.position)),
            "model": self.model.state_dict(),
            "optimizer": {} if self.position.finished else self.step.optimizer.state_dict(),
            "paths": self._rng.getstate(),
            "random": random_states(),
            "stream": self.stream.state(),
            "history": [row for row in self.context.history.rows if row["phase"] == PHASE],
        }

    def _load(self) -> None:
        team = self.steps.team
        state = None if self._checkpoint is None else load_checkpoint(self._checkpoint)
        if team.size > 1:  # everybody begins with the leader's weights and random generators
            state = team.agreed(state or self._state())
        if state is None:
            return
        self.position = Position(**state["position"])
        self.model.load_state_dict(state["model"])
        if not self.position.finished:
            self.step.optimizer.load_state_dict(state["optimizer"])
        version, internal, gauss = state["paths"]
        self._rng.setstate((version, tuple(internal), gauss))
        restore_random_states(state["random"])
        self._stream_state = state["stream"]
        self.context.history.drop(PHASE)
        self.context.history.rows += state["history"]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
