"""The files of a graph with a name, in a folder that its reader may write to."""

import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import BadZipFile

from nni_autoattend.datasets.cache import data_cache
from nni_autoattend.datasets.graph_task import GraphTask
from nni_autoattend.errors import DataError


def root_with_files(name: str, task: GraphTask, root: Path | None) -> Path:
    """Return a folder with all files of ``task`` that torch-geometric may write its own files to.

    It writes beside what it reads, so a user's data root is copied into the cache of data sets first; where no root is
    named, the files are downloaded there.

    Raises:
        DataError: files are missing, the download failed, or the cache cannot be written.
    """
    folder = data_cache() if root is None else root.expanduser()
    if root is None and _missing(task, folder):
        with _explained(name, task, folder):
            _download(name, task, folder)
    missing = _missing(task, folder)
    if missing:
        raise DataError(
            f"data root {folder} lacks files of task {name!r}: expected {', '.join(map(str, missing))}; "
            f"download them with: {download_command(task, folder)}"
        )
    return folder if root is None else _copied(name, task, folder)


def download_command(task: GraphTask, folder: Path) -> str:
    """Return the shell command that puts the task's files into ``folder``."""
    if not task.dataset:
        place = json.dumps(str(folder / "ogb"))
        program = f"from ogb.nodeproppred import NodePropPredDataset; NodePropPredDataset('ogbn-arxiv', {place})"
    else:
        arguments = ", ".join(map(json.dumps, _arguments(task, folder)))
        program = f"from torch_geometric.datasets import {task.dataset}; {task.dataset}({arguments})"
    return f"python -c {shlex.quote(program)}"


def dataset(task: GraphTask, folder: Path, **options: Any) -> Any:
    """Return torch-geometric's data set of a task whose files lie in ``folder``."""
    import torch_geometric.datasets

    return getattr(torch_geometric.datasets, task.dataset)(*_arguments(task, folder), **options)


def _arguments(task: GraphTask, folder: Path) -> list[str]:
    return [str(folder / task.folder), *([task.variant] if task.variant else [])]


def _download(name: str, task: GraphTask, folder: Path) -> None:
    """Put the files into ``folder``, from a temporary neighbour: a broken download is never taken for a whole one."""
    fetch = _fetch_arxiv if not task.dataset else lambda place: dataset(task, place)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
        fetch(Path(temporary))
        for file in task.files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            Path(temporary, file).replace(folder / file)


def _fetch_arxiv(folder: Path) -> None:
    try:
        reader = import_module("ogb.nodeproppred").NodePropPredDataset
    except ImportError as error:
        raise DataError(
            "task 'ogbn-arxiv' is downloaded by the package ogb, which is not installed: pip install ogb, or name a "
            "folder that has its files with --data-root"
        ) from error
    reader("ogbn-arxiv", str(folder / "ogb"))


def _copied(name: str, task: GraphTask, folder: Path) -> Path:
    """Return a folder in the cache with the same files; other files of the same name get another folder."""
    digest = sha256()
    for file in task.files:
        digest.update(json.dumps(file).encode() + sha256((folder / file).read_bytes()).digest())
    target = data_cache() / "graphs" / f"{name}-{digest.hexdigest()[:16]}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for absent in _missing(task, target):
            absent.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=target, prefix=".copy-") as temporary:  # two runs may copy at once
                whole = Path(temporary, absent.name)
                shutil.copyfile(folder / absent.relative_to(target), whole)
                whole.replace(absent)
    except OSError as error:
        raise DataError(
            f"task {name!r} cannot be copied to {target} ({error}); name another cache with XDG_CACHE_HOME"
        ) from error
    return target


def _missing(task: GraphTask, folder: Path) -> list[Path]:
    return [folder / file for file in task.files if not (folder / file).is_file()]


@contextmanager
def _explained(name: str, task: GraphTask, folder: Path) -> Iterator[None]:
    from aiohttp import ClientError  # torch-geometric downloads with it

    try:
        yield
    except (OSError, ClientError, RuntimeError, ValueError, BadZipFile) as error:
        raise DataError(
            f"the download of task {name!r} failed ({type(error).__name__}: {error}); fetch it elsewhere with: "
            f"{download_command(task, folder)}, or name a folder that has its files with --data-root"
        ) from error
