"""The plain training loop: trials, retraining and baselines run on it.

It resumes bit for bit: a checkpoint holds all that the next step depends on (weights, optimiser, every random
generator, the position in the epoch), and a step's batch depends on nothing but the loader's seed and the epoch.
"""

import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NoReturn

from torch import Tensor, nn

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.loader import Loader
from nni_autoattend.errors import DivergedError, RunFolderError
from nni_autoattend.history import History
from nni_autoattend.progress import Observer, SilentObserver
from nni_autoattend.schema import to_plain
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.training.checkpoint import (
    load_checkpoint,
    random_states,
    restore_random_states,
    save_checkpoint,
    seed_generators,
)
from nni_autoattend.training.device import compute_device
from nni_autoattend.training.evaluation import device_of, judge
from nni_autoattend.training.standing import Standing, Stopwatch
from nni_autoattend.training.step import AdamStep
from nni_autoattend.training.weights import copy_trained_state, load_trained_state, trained_state

SKIPPED_IN_A_ROW = 10
"""So many batches without a finite loss one after the other, and training is given up."""


@dataclass(frozen=True)
class FitResult:
    """What a training came to.

    Attributes:
        best_epoch: epoch, counted from 1, whose weights the network carries now (0: the time was up before the first).
        best_score: its score on the selection split.
        best_loss: its calibrated loss there.
        epochs_done: epochs that were trained to their end; fewer than asked for where patience ended.
        skipped: batches without a finite loss or gradient; they changed nothing.
        stopped_early: the deadline came before the last epoch's end, or before patience ended.
        seconds: wall-clock time, earlier interrupted runs included.
        cpu_seconds: processor time of all threads, likewise.
    """

    best_epoch: int
    best_score: float
    best_loss: float
    epochs_done: int
    skipped: int
    stopped_early: bool
    seconds: float = field(compare=False)
    cpu_seconds: float = field(compare=False)


def fit(
    network: nn.Module,
    train: Loader,
    selection: Loader,
    metric: str,
    classes: int,
    settings: TrainingSettings,
    *,
    seed: int,
    checkpoint: Path | None = None,
    checkpoint_minutes: float = 5.0,
    deadline: Deadline = Deadline(),  # noqa: B008  # immutable
    observer: Observer | None = None,
    history: History | None = None,
    phase: str = "retrain",
) -> FitResult:
    """Train ``network`` with Adam on its mean loss and leave it, in evaluation mode, with its best epoch's weights.

    Args:
        network: ``forward(batch)`` gives logits (items, classes); it moves to ``compute_device()`` and stays there.
        train: batches to learn from; the loop chooses its epochs.
        selection: scored after every epoch; ``settings.best`` says which epoch's weights are kept. (A few hundred items
            give many equal scores, and the first of them may be a lucky one.)
        metric: a name in ``metrics.METRICS``.
        classes: number of classes.
        settings: epochs, Adam, clipping; batches are the loaders' matter.
        seed: of the random generators at the start, which are global; the network's initial weights are the caller's.
        checkpoint: file to resume from where it exists, and to save to; to delete it afterwards is the caller's job.
        checkpoint_minutes: time between two savings (0: after every step).
        deadline: training stops there at the best so far; at least one score is always taken.
        observer: is told every step.
        history: gets one row an epoch; rows that it already has under ``phase`` are replaced.
        phase: name of this training, for observer and history.

    Raises:
        DivergedError: ten batches in a row without a finite loss; the state is in ``checkpoint``.
        RunFolderError: ``checkpoint`` is damaged or of another training.
        StorageError: the checkpoint cannot be written; the one before it is intact.
    """
    network.to(compute_device())  # before Adam takes hold of the weights
    training = _Training(network, train, selection, metric, classes, settings, seed, phase)
    training.checkpoint, training.checkpoint_seconds = checkpoint, 60.0 * checkpoint_minutes
    training.deadline, training.observer = deadline, observer or SilentObserver()
    training.history = History() if history is None else history
    return training.run()


class _Training:
    checkpoint: Path | None
    checkpoint_seconds: float
    deadline: Deadline
    observer: Observer
    history: History

    def __init__(
        self,
        network: nn.Module,
        train: Loader,
        selection: Loader,
        metric: str,
        classes: int,
        settings: TrainingSettings,
        seed: int,
        phase: str,
    ) -> None:
        self.network, self.train, self.selection = network, train, selection
        self.metric, self.classes, self.settings, self.seed, self.phase = metric, classes, settings, seed, phase
        self.step = AdamStep(network, settings)
        self.standing, self.watch = Standing(), Stopwatch()
        self.saved_at = time.monotonic()
        self.best: dict[str, Tensor] = {}

    def run(self) -> FitResult:
        self._begin()
        standing, epochs = self.standing, self.settings.epochs
        self.observer.start(self.phase, epochs * len(self.train), standing.step, self.deadline)
        try:
            self.network.train()
            while not self._is_over() and self._train_epoch():
                self._score(standing.epoch + 1)
                standing.close_epoch()
                self._save_when_due()
            if standing.best_score is None:  # the time was up within the first epoch
                self._score(standing.epoch + (1 if standing.batch else 0))
        finally:
            self.observer.finish()
        load_trained_state(self.network, self.best)
        self.network.eval()
        return self._result()

    def _is_over(self) -> bool:
        """Tell whether all epochs are trained, or as many as one has patience for."""
        standing, patience = self.standing, self.settings.patience
        out_of_patience = patience is not None and standing.epoch - standing.best_epoch >= patience
        return standing.epoch >= self.settings.epochs or out_of_patience

    def _begin(self) -> None:
        self.history.drop(self.phase)
        seed_generators(self.seed)
        state = load_checkpoint(self.checkpoint) if self.checkpoint else None
        if state is not None:
            self._restore(state)

    def _train_epoch(self) -> bool:
        """Train to the epoch's end; ``False`` where the time was up before."""
        device = device_of(self.network)
        self.train.set_epoch(self.standing.epoch)
        for items, labels in self.train.start_at(self.standing.batch):
            if self.deadline.expired():
                return False
            loss = self.step.take(items.to(device), labels.to(device))
            self.standing.count(loss, len(labels))
            if self.standing.skipped_in_a_row >= SKIPPED_IN_A_ROW:
                self._give_up()
            self._save_when_due()
            self.observer.advance(1, **({} if loss is None else {"loss": loss}))
        return True

    def _give_up(self) -> NoReturn:
        self._save()
        where = f"; the state is in {self.checkpoint}" if self.checkpoint else ""
        raise DivergedError(
            f"{self.phase}: {self.standing.skipped_in_a_row} batches in a row without a finite loss "
            f"(step {self.standing.step}){where}; try a smaller lr than {self.settings.lr:g}"
        )

    def _score(self, epoch: int) -> None:
        """Score the current weights as those of ``epoch``, note the row, and keep them if they are the best."""
        standing = self.standing
        score, loss = judge(self.network, self.selection, self.metric, self.classes)
        if standing.is_better(score, loss, self.settings.best):
            standing.best_epoch, standing.best_score, standing.best_loss = epoch, score, loss
            self.best = copy_trained_state(self.network)
        figures = {"epoch": epoch, "step": standing.step, "loss": standing.mean_loss(), "score": score}
        self.history.add(self.phase, **figures, skipped=standing.skipped, seconds=round(self.watch.seconds, 3))
        self.history.write()
        by_loss = {"validation_loss": loss} if self.settings.best != "score" else {}
        self.observer.advance(0, score=score, **by_loss)

    def _save_when_due(self) -> None:
        if time.monotonic() - self.saved_at >= self.checkpoint_seconds:
            self._save()

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        state = {
            "training": self._identity(),
            "standing": asdict(self.standing),
            "watch": self.watch.readings(),
            "weights": trained_state(self.network),
            "optimizer": self.step.optimizer.state_dict(),
            "best": self.best,
            "random": random_states(),
            "history": [row for row in self.history.rows if row["phase"] == self.phase],
        }
        save_checkpoint(self.checkpoint, state)
        self.saved_at = time.monotonic()

    def _restore(self, state: dict[str, Any]) -> None:
        saved, own = state.get("training", {}), self._identity()
        differing = [name for name in own if saved.get(name) != own[name]]
        if differing:
            raise RunFolderError(
                f"{self.checkpoint} is of another training ({', '.join(differing)} differ); delete it to start again"
            )
        load_trained_state(self.network, state["weights"])
        self.step.optimizer.load_state_dict(state["optimizer"])
        self.standing, self.watch = Standing(**state["standing"]), Stopwatch(**state["watch"])
        self.best = state["best"]
        self.history.rows += state["history"]
        restore_random_states(state["random"])

    def _identity(self) -> dict[str, Any]:
        """What two runs must have in common for one to continue the other."""
        own = {item.name: to_plain(getattr(self.settings, item.name)) for item in fields(TrainingSettings)}
        order = {f"train.{name}": getattr(self.train, name, None) for name in ("seed", "pool", "batch_size", "shuffle")}
        texts = {"train.texts": len(self.train.dataset), "selection.texts": len(self.selection.dataset)}
        return {"phase": self.phase, "seed": self.seed, "metric": self.metric, **own, **order, **texts}

    def _result(self) -> FitResult:
        standing = self.standing
        if standing.best_score is None:
            raise AssertionError("a training always ends with a score")
        return FitResult(
            standing.best_epoch,
            standing.best_score,
            standing.best_loss,
            standing.epoch,
            standing.skipped,
            stopped_early=not self._is_over(),
            **self.watch.readings(),
        )
