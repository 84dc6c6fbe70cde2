"""One training from scratch: done once, whatever kills the process in between."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DivergedError, RunFolderError
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.entrants import Variant

if TYPE_CHECKING:
    from torch import nn

    from nni_autoattend.training.loop import FitResult

STAGE = "retrain"


@dataclass(frozen=True)
class Trained:
    """A finished training; its weights are in the run's checkpoints.

    Attributes:
        name: the entrant.
        label: its variant.
        seed: its seed.
        score: best epoch's score on the selection half; ``None``: it diverged and there are no weights.
        best_loss: its calibrated loss there; ``None``: it diverged, or nobody kept it.
        parameters: trainable ones without the embedding.
        best_epoch, epochs_done, skipped, stopped_early: see ``FitResult``.
        seconds, cpu_seconds: time it took, interrupted runs included; the only values that equal runs differ in.
    """

    name: str
    label: str
    seed: int
    score: float | None
    parameters: int
    best_epoch: int = 0
    best_loss: float | None = None
    epochs_done: int = 0
    skipped: int = 0
    stopped_early: bool = False
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def key(self) -> str:
        """The training's key in the journal."""
        return training_key(self.name, self.label, self.seed)


def training_key(name: str, label: str, seed: int) -> str:
    """Return the key of a training; no two trainings of a run share one."""
    return f"{name}/{label}/seed{seed}"


def train_once(name: str, variant: Variant, bench: Bench, deadline: Deadline) -> Trained:
    """Train a variant of the entrant ``name``, or return what an earlier process recorded of it.

    The weights are on disk before the journal says so; a kill in between costs the steps since the last checkpoint.
    A training that diverges is recorded too, without a score.
    """
    key = training_key(name, variant.label, variant.seed)
    checkpoint = _checkpoint_file(bench, key)
    record = bench.journal.find(STAGE, key)
    if record is None:
        record = bench.journal.record(STAGE, key, **asdict(_train(name, variant, bench, deadline, checkpoint)))
    trained = _from_record(record)
    if trained.score is not None:  # what diverged keeps its state, for whoever wants to look
        checkpoint.unlink(missing_ok=True)
    return trained


def trained_network(variant: Variant, trained: Trained, bench: Bench) -> nn.Module:
    """Return the network of ``trained`` with its weights, in evaluation mode.

    Raises:
        RunFolderError: the weights are missing or damaged.
    """
    from nni_autoattend.training.checkpoint import load_checkpoint
    from nni_autoattend.training.weights import load_trained_state

    path = _weights_file(bench, trained.key)
    state = load_checkpoint(path)
    if state is None:
        raise RunFolderError(f"{path} is missing; without it this run cannot be continued")
    network = variant.build()
    load_trained_state(network, state["weights"])
    return network.eval()


def _train(name: str, variant: Variant, bench: Bench, deadline: Deadline, checkpoint: Path) -> Trained:
    import torch

    from nni_autoattend.network.text import count_parameters
    from nni_autoattend.training.checkpoint import save_checkpoint
    from nni_autoattend.training.weights import trained_state

    torch.manual_seed(variant.seed)
    network = variant.build()
    parameters = count_parameters(network)
    key = training_key(name, variant.label, variant.seed)
    try:
        result = _fit(network, key, variant, bench, deadline, checkpoint)
    except DivergedError as error:
        bench.observer.say(str(error))
        return Trained(name, variant.label, variant.seed, None, parameters)
    save_checkpoint(_weights_file(bench, key), {"weights": trained_state(network)})
    return Trained(name, variant.label, variant.seed, result.best_score, parameters, **_figures(asdict(result)))


def _fit(
    network: nn.Module, key: str, variant: Variant, bench: Bench, deadline: Deadline, checkpoint: Path
) -> FitResult:
    from nni_autoattend.datasets.by_modality import scoring_loader, training_loader
    from nni_autoattend.training.loop import fit

    return fit(
        network,
        training_loader(bench.data.train, variant.training, variant.seed),
        scoring_loader(bench.data.selection, variant.training.batch_size),
        bench.data.metric,
        len(bench.data.labels),
        variant.training,
        seed=variant.seed,
        checkpoint=checkpoint,
        checkpoint_minutes=bench.settings.strategy.search.checkpoint_minutes,
        deadline=deadline,
        observer=bench.observer,
        history=bench.history,
        phase=f"{STAGE} {key}",
    )


def _figures(result: dict[str, Any]) -> dict[str, Any]:
    return {figure: value for figure, value in result.items() if figure != "best_score"}


def _from_record(record: dict[str, Any]) -> Trained:
    return Trained(**{key: value for key, value in record.items() if key not in ("stage", "key")})


def _checkpoint_file(bench: Bench, key: str) -> Path:
    return bench.folder.checkpoints / STAGE / f"{_file_name(key)}.checkpoint.pt"


def _weights_file(bench: Bench, key: str) -> Path:
    return bench.folder.checkpoints / STAGE / f"{_file_name(key)}.weights.pt"


def _file_name(key: str) -> str:
    return key.replace("/", "-")
