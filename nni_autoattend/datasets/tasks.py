"""Tasks by name, and the one door to data: ``load_splits``."""

import json
import shlex
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nni_autoattend.datasets.cache import data_cache
from nni_autoattend.datasets.examples import Splits
from nni_autoattend.datasets.small_parts import too_few
from nni_autoattend.datasets.tokenizers import tokenizer
from nni_autoattend.errors import DataError, UnknownNameError
from nni_autoattend.names import resolve
from nni_autoattend.settings import DataSettings


@dataclass(frozen=True)
class Task:
    """A data set with a name.

    Attributes:
        description: one line.
        loader: ``module:function``, called with settings whose root is set if the task has files.
        files: what the loader reads, relative to the data root.
        dataset: torchtext's class that downloads them; empty: nothing to download.
        phrases: has labelled sub-phrases.
    """

    description: str
    loader: str
    files: tuple[str, ...] = ()
    dataset: str = ""
    phrases: bool = False


_TREES = ("sst/trees/train.txt", "sst/trees/dev.txt", "sst/trees/test.txt")
_QUESTIONS = ("trec/train_5500.label", "trec/TREC_10.label")

TASKS: dict[str, Task] = {
    "listops": Task(
        "nested lists such as [MAX 2 9 [MIN 4 7 ] 0 ], made by rule, 10 classes; needs no files",
        "nni_autoattend.datasets.listops:listops",
    ),
    "sst5": Task(
        "Stanford Sentiment Treebank, very negative to very positive, 5 classes",
        "nni_autoattend.datasets.torchtext_tasks:sst5",
        _TREES,
        "SST",
        phrases=True,
    ),
    "sst2": Task(
        "Stanford Sentiment Treebank without the neutral sentences, 2 classes",
        "nni_autoattend.datasets.torchtext_tasks:sst2",
        _TREES,
        "SST",
        phrases=True,
    ),
    "trec": Task(
        "questions by what they ask for, 6 classes",
        "nni_autoattend.datasets.torchtext_tasks:trec",
        _QUESTIONS,
        "TREC",
    ),
}


def task_names() -> list[str]:
    """Return the names of all tasks, sorted."""
    return sorted(TASKS)


def load_splits(settings: DataSettings) -> Splits:
    """Return the three checked splits of a task or of own files. Cheap checks come first, before torch is imported.

    Raises:
        DataError: files are missing, or the data cannot be learned from as it stands.
        UnknownNameError: there is no such task or tokenizer.
    """
    tokenizer(settings.tokenizer)
    if settings.vectors is not None:
        from nni_autoattend.datasets.vector_file import check_vector_file  # pandas

        check_vector_file(settings.vectors, settings.max_vectors)
    splits = _load_own(settings) if settings.task is None else _load_task(settings.task, settings)
    check(splits)
    return _with_repeats_noted(splits)


def check(splits: Splits) -> None:
    """Refuse splits that nothing can be learned from or judged by.

    Raises:
        DataError: an empty split, a single class, or a label that training never sees.
    """
    known = set(splits.train.labels)
    if len(known) == 1:
        raise DataError(f"{splits.name}: all training texts have the label {known.pop()!r}; two classes are needed")
    for name, least in (("train", 2), ("valid", 2), ("test", 1)):
        part = splits.parts()[name]
        if len(part) < least:
            texts = sum(map(len, splits.parts().values()))
            which = f"{splits.name}: the {name} split"
            raise DataError(too_few(which, f"{len(part)} texts", least, len(known), texts))
        foreign = Counter(label for label in part.labels if label not in known)
        if foreign:
            listed = ", ".join(f"{label!r} ({count} texts)" for label, count in sorted(foreign.items()))
            raise DataError(f"{splits.name}: labels of the {name} split that training never sees: {listed}")
    if max(Counter(splits.valid.labels).values()) < 2:
        raise DataError(f"{splits.name}: the validation split has one text per class; it must divide into two halves")


def _load_own(settings: DataSettings) -> Splits:
    from nni_autoattend.datasets.own_files import own_files  # pandas

    if settings.phrases:
        raise DataError("own files have no labelled sub-phrases; leave 'phrases' out")
    return own_files(settings)


def _load_task(name: str, settings: DataSettings) -> Splits:
    if name not in TASKS:
        raise UnknownNameError("task", name, TASKS)
    task = TASKS[name]
    if settings.valid or settings.test:
        raise DataError(f"task {name!r} has its own splits; --valid and --test belong to --train")
    if settings.phrases and not task.phrases:
        raise DataError(f"task {name!r} has no labelled sub-phrases; leave 'phrases' out")
    if task.files:
        settings = replace(settings, root=_root_with_files(name, task, settings.root))
    loader: Any = resolve(task.loader)
    splits: Splits = loader(settings)
    return splits


def _root_with_files(name: str, task: Task, root: Path | None) -> Path:
    """Return a folder that has all files of the task, after a download where no root is named."""
    folder = data_cache() if root is None else root.expanduser()
    if root is None and _missing(task, folder):
        from nni_autoattend.datasets.downloads import download  # torchtext

        download(task.dataset, task.files, folder)
    missing = _missing(task, folder)
    if missing:
        raise DataError(
            f"data root {folder} lacks files of task {name!r}: expected {', '.join(map(str, missing))}; "
            f"download them with: {download_command(task, folder)}"
        )
    return folder


def download_command(task: Task, folder: Path) -> str:
    """Return the shell command that puts the task's files into ``folder``."""
    program = (
        f'from torchtext.datasets import {task.dataset}; {task.dataset}.download({json.dumps(str(folder))}, check="")'
    )
    return f"python -c {shlex.quote(program)}"


def _missing(task: Task, folder: Path) -> list[Path]:
    return [folder / file for file in task.files if not (folder / file).is_file()]


def _with_repeats_noted(splits: Splits) -> Splits:
    seen = set(splits.train.texts)
    repeats = sum(text in seen for text in splits.test.texts)
    if not repeats:
        return splits
    note = f"{repeats} of {len(splits.test)} test texts also stand in the training split"
    return replace(splits, notes=(*splits.notes, note))
