"""The Lightning side, which NNI's one-shot strategies require: a module, an evaluator, and what a run wants to hear.

Used there and nowhere else: trials, retraining and baselines run on the plain loop (``training/loop.py``).
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from nni.nas.evaluator.pytorch.lightning import Lightning, LightningModule, Trainer
from torch import Tensor, nn

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.loader import Input, Loader
from nni_autoattend.errors import DivergedError
from nni_autoattend.genes import Sample
from nni_autoattend.history import History
from nni_autoattend.progress import Observer
from nni_autoattend.settings import TrainingSettings
from nni_autoattend.training.decisions import decisions, item_losses, mean_loss
from nni_autoattend.training.device import compute_device, half_precision
from nni_autoattend.training.evaluation import Judgement, judge_logits, logits_of, logits_of_each
from nni_autoattend.training.fitness import fitness_of
from nni_autoattend.training.loop import SKIPPED_IN_A_ROW
from nni_autoattend.training.path_losses import PathLosses
from nni_autoattend.training.path_units import PathUnit, path_units, tokens_at_once
from nni_autoattend.training.side_by_side import workers_on

Batch = tuple[Input, Tensor]


class Classification(LightningModule):  # type: ignore[misc]  # NNI and Lightning have no types here
    """How a network, or a supernet of them, is trained: Adam at a constant rate on the mean loss (``decisions.py``).

    Args:
        training: learning rate, weight decay and clipping.
        metric: what ``fitness`` measures.
        classes: number of labels.
    """

    def __init__(self, training: TrainingSettings, metric: str, classes: int) -> None:
        super().__init__()
        self.training_settings, self.metric, self.classes = training, metric, classes
        self.skipped = self.skipped_in_a_row = 0

    def set_model(self, model: nn.Module) -> None:
        """Take over ``model`` and move it to ``compute_device()``; a strategy's own loop has no Trainer to do it."""
        super().set_model(model)
        self.to(compute_device())

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the mean loss of a batch."""
        items, labels = batch
        loss = mean_loss(self.model(items), labels)
        self.log("train_loss", loss.detach(), batch_size=len(labels))
        return loss

    def path_losses(self, batch: Batch, samples: Sequence[Sample], processes: int = 1) -> Iterator[PathLosses]:
        """Yield how the losses of several paths of a supernet are computed, in parts; see ``path_units``.

        Args:
            batch: items and labels.
            samples: the paths.
            processes: how many of them share the parts.
        """
        items, labels = batch[0].to(self.device), batch[1].to(self.device)
        workers = workers_on(self.device)
        most = tokens_at_once(self.device) // workers
        for unit in path_units(items, labels, len(samples), most, workers * processes):
            seed = int(torch.randint(2**62, ()))  # drawn in order, whenever the part is computed
            yield PathLosses(unit.paths, partial(self._unit_losses, unit, samples[unit.paths], seed))

    def _unit_losses(self, unit: PathUnit, samples: Sequence[Sample], seed: int) -> Tensor:
        """Return mean losses (paths,), scaled by the part of the items that they are of."""
        with half_precision(self.device):
            logits = self.model.forward_paths(unit.items, samples, seed)  # (paths, items, classes)
        repeated = unit.labels.repeat(len(logits), *[1] * (unit.labels.dim() - 1))
        losses = item_losses(logits.float().flatten(0, 1), repeated)
        return losses.view(len(logits), -1).mean(dim=1) * unit.share

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Log accuracy and loss of a batch (NNI's strategies read ``val_acc`` as their reward)."""
        items, labels = batch
        logits = self.model(items)
        right = decisions(logits, labels) == labels
        self.log("val_acc", right.float().mean(), batch_size=len(labels), prog_bar=True)
        self.log("val_loss", mean_loss(logits, labels), batch_size=len(labels))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam; weights that a step does not touch rest, momentum included."""
        settings = self.training_settings
        weights = [weight for weight in self.parameters() if weight.requires_grad]
        return torch.optim.Adam(weights, lr=settings.lr, weight_decay=settings.weight_decay, fused=True)

    def on_after_backward(self) -> None:
        """Drop the gradients of a step that are not all finite: Adam then leaves the weights alone.

        Raises:
            DivergedError: ten steps in a row; the last epoch's checkpoint is what is left.
        """
        touched = [weight for weight in self.parameters() if weight.grad is not None]
        if all(bool(weight.grad.isfinite().all()) for weight in touched):
            self.skipped_in_a_row = 0
            return
        for weight in touched:
            weight.grad = None
        self.skipped += 1
        self.skipped_in_a_row += 1
        if self.skipped_in_a_row >= SKIPPED_IN_A_ROW:
            raise DivergedError(
                f"supernet: {SKIPPED_IN_A_ROW} losses in a row are not finite; "
                f"try a smaller lr than {self.training_settings.lr:g}"
            )

    @property
    def gradient_clip_val(self) -> float:
        """Largest global gradient norm, for strategies that step without a Trainer."""
        return self.training_settings.clip

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip at the recipe's norm: a Trainer refuses a value of its own under NNI's manual optimisation."""
        if self.gradient_clip_val:
            own = (weight for group in optimizer.param_groups for weight in group["params"])  # no alphas among them
            touched = [weight for weight in own if weight.grad is not None]
            torch.nn.utils.clip_grad_norm_(touched, self.gradient_clip_val)

    def fitness(self, loader: Loader) -> float:
        """Return the fitness (see ``fitness_of``) of the current path over a whole loader."""
        judgement = self._judge(logits_of(self.model, loader), loader)
        return fitness_of(*judgement, self.training_settings.best)

    def path_fitnesses(self, loader: Loader, samples: Sequence[Sample]) -> Iterator[float]:
        """Yield the fitness of each of several paths of a supernet over a whole loader, in order."""
        for judgement in self.path_judgements(loader, samples):
            yield fitness_of(*judgement, self.training_settings.best)

    def path_judgements(self, loader: Loader, samples: Sequence[Sample]) -> Iterator[Judgement]:
        """Yield score and loss of each of several paths of a supernet over a whole loader, in order."""
        runs = (partial(self._run_path, sample) for sample in samples)
        for logits in logits_of_each(self.model, runs, loader):
            yield self._judge(logits, loader)

    def _judge(self, logits: Tensor, loader: Loader) -> Judgement:
        return judge_logits(logits, loader.dataset.labels, self.metric, self.classes)

    def _run_path(self, sample: Sample, items: Input) -> Tensor:
        logits: Tensor = self.model.forward_paths(items, [sample])[0]
        return logits


class RunCallback(pl.Callback):  # type: ignore[misc]
    """Carries a run's wishes into Lightning: epochs seed the batches, progress is told, a deadline stops cleanly."""

    def __init__(self, loader: Loader, deadline: Deadline, observer: Observer, history: History) -> None:
        self.loader, self.deadline, self.observer, self.history = loader, deadline, observer, history
        self._losses: list[float] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Announce the supernet phase."""
        total = trainer.max_epochs * len(self.loader)
        self.observer.start("supernet", total, trainer.current_epoch * len(self.loader), self.deadline)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Give the batches the order of this epoch (Lightning asks for the iterator after this hook)."""
        self.loader.set_epoch(trainer.current_epoch)
        self._losses = []

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Tell the step; stop after it when the time is up."""
        loss = trainer.callback_metrics.get("train_loss")
        if loss is not None:
            self._losses.append(float(loss))
            self.observer.advance(1, loss=self._losses[-1])
        if self.deadline.expired():
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the epoch's mean loss into the history, and tell the validation accuracy where the strategy has one."""
        mean = sum(self._losses) / len(self._losses) if self._losses else None
        self.history.add("supernet", epoch=trainer.current_epoch, step=trainer.global_step, loss=mean)
        self.history.write()
        accuracy = trainer.callback_metrics.get("val_acc")
        if accuracy is not None:
            self.observer.advance(0, score=float(accuracy))

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Close the phase."""
        self.observer.finish()


def lightning_evaluator(
    module: Classification,
    train: Loader,
    validation: Loader,
    callbacks: Sequence[pl.Callback] = (),
    checkpoints: Path | None = None,
) -> Lightning:
    """Return NNI's Lightning evaluator, as ``NasExperiment(space, evaluator, strategy)`` takes it.

    With ``checkpoints``, the end of every epoch is saved there and a later evaluator continues after the last one.
    """
    quiet_lightning()
    extra = list(callbacks)
    if checkpoints is not None:
        extra.append(_last_epoch(checkpoints))
    trainer = Trainer(
        max_epochs=module.training_settings.epochs,
        callbacks=extra,
        logger=False,
        enable_checkpointing=checkpoints is not None,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        accelerator="gpu" if compute_device().type == "cuda" else "cpu",
        devices=1,
    )
    last = None if checkpoints is None else checkpoints / "last.ckpt"
    resume = {"ckpt_path": str(last)} if last is not None and last.exists() else {}
    return Lightning(module, trainer, train_dataloaders=train, val_dataloaders=validation, fit_kwargs=resume)


def _last_epoch(folder: Path) -> pl.callbacks.ModelCheckpoint:
    return pl.callbacks.ModelCheckpoint(
        folder, filename="last", save_on_train_epoch_end=True, enable_version_counter=False, save_weights_only=False
    )


def quiet_lightning() -> None:
    """Silence Lightning's advice about workers and its banners: the run has its own progress."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")
