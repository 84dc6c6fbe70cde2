"""The Python door: search with one call, and find earlier runs again. Importing it imports neither torch nor nni."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_autoattend.budget import Deadline
from nni_autoattend.datasets.by_modality import load_splits
from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.again import PREFIX
from nni_autoattend.experiment.nni_experiments import experiment_of, find_experiment_run
from nni_autoattend.experiment.own_classes import check_classes
from nni_autoattend.experiment.run import Run
from nni_autoattend.experiment.run_folder import (
    RunFolder,
    check_new,
    check_resumable,
    make_folder,
    next_free,
    runs_root,
)
from nni_autoattend.experiment.run_settings import RunSettings, budget_seconds, resolve_settings
from nni_autoattend.experiment.versions import versions
from nni_autoattend.files import sweep_temporaries
from nni_autoattend.modality import MODALITIES, AnyDataSettings
from nni_autoattend.progress import Observer, SilentObserver
from nni_autoattend.settings import RetrainSettings


def search(
    space: str | Path | None = None,
    strategy: str | Path = "autoattend-2core",
    data: Mapping[str, Any] | AnyDataSettings | None = None,
    retrain: Mapping[str, Any] | RetrainSettings | None = None,
    budget: str | float | None = None,
    seed: int = 0,
    threads: int | None = None,
    run_dir: str | Path | None = None,
    resume: bool = False,
    overrides: Mapping[str, Any] | None = None,
    observer: Observer | None = None,
) -> Run:
    """Search an architecture for ``data``, train it from scratch, compare it, and write all of it to a run folder.

    Args:
        space: name of a search space (``list spaces``), or path of a recipe of your own; ``None``: the usual one for
            the data.
        strategy: name of a strategy (``list strategies``), or path of a recipe of your own.
        data: the ``data:`` block (``{"task": "sst5", "root": ...}``, ``{"train": "mine.csv", ...}``, ``{"nodes":
            "nodes.csv", "edges": "edges.csv"}``); ``None``: data that need no files.
        retrain: the ``retrain:`` block (``{"width": 256, "seeds": 3}``).
        budget: wall-clock limit of everything, seconds or words (``"30m"``); it ends cleanly at the best so far.
            A resumed run gets the budget anew.
        seed: seed of the search and the first of the retraining seeds.
        threads: torch threads; ``None``: torch's choice.
        run_dir: folder of this run; ``None``: the next free one under ``runs`` or ``AUTOATTEND_HOME``. With ``resume``,
            ``None`` is the newest unfinished run of the same space, strategy and data.
        resume: continue an unfinished run, bit for bit; a folder where nothing was written yet is begun.
        overrides: dotted keys with new values, as ``--set`` takes them (``{"space.genes.layers": 4}``).
        observer: told of progress.

    Raises:
        AutoAttendError: a choice, the data or the folder cannot be used; nothing was trained.
    """
    settings = resolve_settings(space, strategy, data, retrain, budget, seed, threads, overrides)
    path = _choose_folder(settings, run_dir, resume)
    return _work(settings, path, resume, observer or SilentObserver())


def resume(run_dir: str | Path, budget: str | float | None = None, observer: Observer | None = None) -> Run:
    """Continue the unfinished run in ``run_dir`` with the settings it was begun with, bit for bit.

    Args:
        run_dir: folder of the run, or its name (``list runs``).
        budget: another wall-clock limit, seconds or words (``"none"``: no limit); ``None``: that of the run, anew.
        observer: told of progress.

    Raises:
        AutoAttendError: there is no run to continue, or its data have changed; nothing was trained.
    """
    folder = open_run(run_dir).files
    experiment = experiment_of(folder.path)
    if experiment is not None:
        raise RunFolderError(f"{folder.path} is of an NNI experiment: nnictl resume {experiment}")
    if folder.path.name.startswith(f"{PREFIX}-") and RunFolder(folder.path.parent).described:
        raise RunFolderError(f"{folder.path} is a retraining: nni-autoattend retrain {folder.path.parent} --resume")
    settings = folder.settings()
    if budget is not None:
        plain = {**settings.to_plain(), "budget": budget_seconds(budget)}
        settings = RunSettings.from_plain(plain, "settings")
    check_resumable(folder, settings)
    return _work(settings, folder.path, True, observer or SilentObserver())


def open_run(path: str | Path) -> Run:
    """Return the run in the folder ``path``, finished or not; a name alone is looked up among the runs.

    The folder or the id of an NNI experiment with our tuner or our trials stands for its run.

    Raises:
        RunFolderError: there is no run.
    """
    folder = Path(path)
    if not folder.exists() and (runs_root() / folder).exists():
        folder = runs_root() / folder
    if not RunFolder(folder).described:
        folder = find_experiment_run(path) or folder
    return Run(RunFolder.open(folder))


def _work(settings: RunSettings, path: Path | None, resume: bool, observer: Observer) -> Run:
    """Read the data, make or open the folder, and carry the run out; ``path`` of ``None`` is the next free name."""
    deadline = Deadline.after(settings.budget)
    splits = load_splits(settings.data)
    if path is None or not RunFolder(path).described:
        check_classes(settings)
    _tell_counts(splits, MODALITIES[settings.space.modality].items, observer)
    path = next_free(runs_root(), settings.name) if path is None else make_folder(path)
    with lock.locked(path):
        folder = _begin_or_continue(path, settings, splits.fingerprint(), resume)
        _tell_other_versions(folder, observer)
        return _carry_out(folder, settings, splits, deadline, observer)


def _choose_folder(settings: RunSettings, run_dir: str | Path | None, resume: bool) -> Path | None:
    """Return the folder that was asked for, checked before the data are read; ``None``: a new one by name."""
    if run_dir is None:
        return _newest_unfinished(settings) if resume else None
    path = Path(run_dir)
    if resume and RunFolder(path).described:
        check_resumable(RunFolder(path), settings)
    else:
        check_new(path)
    return path


def _newest_unfinished(settings: RunSettings) -> Path:
    folders = [RunFolder(path) for path in runs_root().glob(f"{settings.name}-*")]
    unfinished = [folder for folder in folders if folder.described and folder.state == "unfinished"]
    if not unfinished:
        raise RunFolderError(f"no unfinished run {settings.name}-NNN under {runs_root()}; name it, or do not resume")
    newest = max(unfinished, key=lambda folder: folder.description_file.stat().st_mtime)
    check_resumable(newest, settings)
    return newest.path


def _begin_or_continue(path: Path, settings: RunSettings, fingerprint: str, resume: bool) -> RunFolder:
    if resume and RunFolder(path).described:
        folder = RunFolder.open(path)
        check_resumable(folder, settings, fingerprint)
        sweep_temporaries(path)
        return folder
    return RunFolder.create(path, settings, fingerprint, _command())


def _carry_out(folder: RunFolder, settings: RunSettings, splits: Any, deadline: Deadline, observer: Observer) -> Run:
    from nni_autoattend.experiment.flow import carry_out  # torch, only now that everything was checked

    carry_out(folder, settings, splits, deadline, observer)
    return Run(folder)


def _tell_other_versions(folder: RunFolder, observer: Observer) -> None:
    before, now = folder.description().get("versions", {}), versions()
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            told = f"{name} was {before.get(name)} and is {now.get(name)} now"
            observer.say(f"{told}: this run does not continue bit for bit")


def _command() -> str:
    """Return the command line of this process as one would type it."""
    program = Path(sys.argv[0] or "python")
    if program.name == "__main__.py":
        return shlex.join(["python", "-m", program.parent.name, *sys.argv[1:]])
    started = [program.name] if program.suffix != ".py" else ["python", str(program)]
    return shlex.join([*started, *sys.argv[1:]])


def _tell_counts(splits: Any, items: str, observer: Observer) -> None:
    for name, counts in splits.class_counts().items():
        told = ", ".join(f"{label} {count}" for label, count in counts.items())
        observer.say(f"{splits.name} {name}: {sum(counts.values())} {items} ({told})")
    for note in splits.notes:
        observer.say(note)
