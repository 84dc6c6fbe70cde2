"""The work of a trial. Its result is on disk before NNI hears of it: a trial started again says it at once."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.by_modality import PreparedData, load_splits, prepare, scoring_loader, training_loader
from nni_autoattend.datasets.loader import Part
from nni_autoattend.experiment.bench import Bench, torch_threads
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.files import write_json
from nni_autoattend.history import History
from nni_autoattend.network.by_modality import build_network, save_network
from nni_autoattend.network.text import count_parameters
from nni_autoattend.nnictl.parameters import RETRAIN, SUPERNET, Order
from nni_autoattend.nnictl.settings_file import fingerprint
from nni_autoattend.nnictl.trial_channel import Reporter
from nni_autoattend.nnictl.trial_curve import Curve
from nni_autoattend.nnictl.trial_record import record
from nni_autoattend.settings import BestBy, NetworkShape, TrainingSettings
from nni_autoattend.training.allocator import keep_freed_memory
from nni_autoattend.training.fitness import fitness_of
from nni_autoattend.training.loop import FitResult, fit

default_threads: int | None = None
"""Threads where the settings name none; ``None``: torch's choice."""
_kept: dict[str, PreparedData] = {}
RESULT = "result.json"
CHECKPOINT = "checkpoint.pt"


def do_trial(order: Order, settings: RunSettings, output: Path, run: RunFolder | None, reporter: Reporter) -> None:
    """Do what ``order`` says and report the final metric.

    Args:
        order: from the trial's parameters.
        settings: of the experiment.
        output: the trial's own folder.
        run: the experiment's run folder, where it is on this disk.
        reporter: the line to NNI.

    Raises:
        AutoAttendError: the trial failed, in a way that a person can act on.
    """
    parameters = order.to_parameters()
    kept = read_json(output / RESULT) if (output / RESULT).is_file() else {}
    value = kept.get("value") if kept.get("parameters") == parameters else None
    if value is None:
        with torch_threads(settings.threads or default_threads):
            value = _work(order, settings, output, run, reporter)
        write_json(output / RESULT, {"parameters": parameters, "value": value})
    if order.strategy is None and run is not None:  # no tuner of ours keeps it
        record(order, run, output, value)
    reporter.final(value)


def keep_data(settings: RunSettings, folder: Path) -> PreparedData:
    """Encode the data of ``settings`` once for the trials that are forked from this process, and return them.

    Args:
        settings: of the experiment.
        folder: where word vectors are kept.

    Raises:
        AutoAttendError: the data cannot be used.
    """
    data = _kept[fingerprint(settings)] = prepare(settings.data, load_splits(settings.data), folder)
    return data


def _work(
    order: Order, settings: RunSettings, output: Path, run: RunFolder | None, reporter: Reporter
) -> dict[str, Any]:
    keep_freed_memory()
    data = _kept.get(fingerprint(settings)) or prepare(settings.data, load_splits(settings.data), output)
    if order.phase == SUPERNET:
        from nni_autoattend.nnictl.trial_supernet import search_supernet  # nni.nas: a dozen seconds

        return search_supernet(settings, data, output if run is None else run.path / SUPERNET, Curve(reporter))
    return _train(order, Bench(RunFolder(output), settings, data), output, reporter)


def _train(order: Order, bench: Bench, output: Path, reporter: Reporter) -> dict[str, Any]:
    settings, data = bench.settings, bench.data
    shape, training, validation = _plan(order, bench)
    architecture = settings.space.genes.from_sample(order.genes)
    torch.manual_seed(settings.seed)
    network = build_network(architecture, shape, data.dimensions)
    checkpoint = output / CHECKPOINT
    judged_by: BestBy = "score" if order.phase == RETRAIN else training.best
    result = fit(
        network,
        training_loader(data.train, training, settings.seed),
        scoring_loader(validation, training.batch_size),
        data.metric,
        data.dimensions.classes,
        training,
        seed=settings.seed,
        checkpoint=checkpoint,
        checkpoint_minutes=settings.strategy.search.checkpoint_minutes,
        deadline=_deadline(order, settings),
        observer=Curve(reporter, judged_by),
        history=History(output / "history.csv"),
        phase=order.phase or "trial",
    )
    save_network(output, network, _description(order, bench, result), data.codec)
    checkpoint.unlink(missing_ok=True)
    fitness = fitness_of(result.best_score, result.best_loss, judged_by)
    judged = {data.metric: result.best_score, "loss": result.best_loss}
    finite = {name: value for name, value in judged.items() if math.isfinite(value)}  # JSON has no other numbers
    return {"default": fitness, **finite, "parameters": count_parameters(network), "best_epoch": result.best_epoch}


def _plan(order: Order, bench: Bench) -> tuple[NetworkShape, TrainingSettings, Part]:
    """Return shape, training and validation part: a retraining's, or those of a trial of a multi-trial strategy."""
    settings, data = bench.settings, bench.data
    if order.phase == RETRAIN:
        return bench.retrain_shape, settings.retrain.training(), data.selection
    return settings.space.search, settings.strategy.search, data.search


def _deadline(order: Order, settings: RunSettings) -> Deadline:
    """Return a retraining's part of the budget: what the supernet leaves, divided among the architectures."""
    if order.phase != RETRAIN or settings.budget is None:
        return Deadline()
    left = settings.budget * (1 - settings.strategy.search.share)
    return Deadline.after(left / settings.retrain.top_k)


def _description(order: Order, bench: Bench, result: FitResult) -> Mapping[str, Any]:
    settings = bench.settings
    score = "selection_score" if order.phase == RETRAIN else "search_score"
    return {
        "metric": bench.data.metric,
        score: result.best_score,
        "seed": settings.seed,
        "space": settings.space.name,
        "strategy": settings.strategy.name,
        "data": bench.data.name,
    }
