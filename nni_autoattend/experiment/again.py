"""Retraining what an earlier run found, beside it and without touching it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from nni_autoattend.budget import Deadline, parse_duration
from nni_autoattend.datasets.by_modality import load_splits
from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.candidates import read_candidates
from nni_autoattend.experiment.compared import check_baselines
from nni_autoattend.experiment.overridden import overridden
from nni_autoattend.experiment.run_folder import RunFolder, check_resumable, next_free
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.files import sweep_temporaries
from nni_autoattend.progress import Observer, SilentObserver

PREFIX = "retrain"


def retrain_again(
    parent: RunFolder,
    retrain: Mapping[str, Any],
    changes: Mapping[str, Any],
    resume: bool,
    observer: Observer | None,
) -> RunFolder:
    """Retrain the candidates of ``parent`` in a sub-folder and return it; see ``Run.retrain``.

    Args:
        parent: a run whose search is over.
        retrain: keys of the ``retrain:`` block that change.
        changes: ``seed``, ``budget`` and ``threads``; ``None`` keeps the parent's (no budget for ``budget``).
        resume: continue the newest unfinished sub-folder.
        observer: told of progress.
    """
    if not parent.architectures.exists():
        raise RunFolderError(f"the search of {parent.path} is not over yet; resume it first")
    settings = changed_settings(parent.settings(), retrain, changes)
    deadline = Deadline.after(settings.budget)
    unfinished = _unfinished(parent) if resume else None
    if unfinished is not None:
        check_resumable(unfinished, settings)
    splits = load_splits(settings.data)
    fingerprint = splits.fingerprint()
    if parent.description()["data_fingerprint"] != fingerprint:
        raise RunFolderError(f"the data have changed since {parent.path} was made (data_fingerprint differs)")
    path = next_free(parent.path, PREFIX) if unfinished is None else unfinished.path
    with lock.locked(path):
        folder = unfinished or RunFolder.create(path, settings, fingerprint, _command(parent, retrain))
        check_resumable(folder, settings, fingerprint)
        sweep_temporaries(path)
        from nni_autoattend.experiment.flow import carry_out

        carry_out(folder, settings, splits, deadline, observer or SilentObserver(), read_candidates(parent))
    return folder


def changed_settings(base: RunSettings, retrain: Mapping[str, Any], changes: Mapping[str, Any]) -> RunSettings:
    """Return the settings of a retraining.

    Raises:
        RecipeError: an unknown key or an impossible value.
        UnknownNameError: no such baseline.
    """
    plain = base.to_plain()
    budget = changes.get("budget")
    plain["retrain"] = overridden(plain["retrain"], retrain)
    plain["budget"] = parse_duration(budget) if isinstance(budget, str) else budget
    plain |= {key: changes[key] for key in ("seed", "threads") if changes.get(key) is not None}
    settings = RunSettings.from_plain(plain, "retrain")
    check_baselines(settings.retrain, settings.space.modality)
    return settings


def _unfinished(parent: RunFolder) -> RunFolder | None:
    folders = [RunFolder(path) for path in sorted(parent.path.glob(f"{PREFIX}-*"))]
    unfinished = [folder for folder in folders if folder.described and folder.state == "unfinished"]
    return unfinished[-1] if unfinished else None


def _command(parent: RunFolder, retrain: Mapping[str, Any]) -> str:
    changes = [word for key, value in retrain.items() for word in ("--set", f"retrain.{key}={value}")]
    return shlex.join(["nni-autoattend", "retrain", str(parent.path), *changes])
