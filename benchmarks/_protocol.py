"""What a text benchmark compares, and under which protocol; everything that every row has in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nni_autoattend.datasets.by_modality import load_splits
from nni_autoattend.datasets.examples import Splits
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.bench import Bench, torch_threads
from nni_autoattend.experiment.run_folder import RunFolder, check_resumable, make_folder
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.history import History, read_history
from nni_autoattend.journal import Journal
from nni_autoattend.modality import ModalityName
from nni_autoattend.progress import Observer
from nni_autoattend.recipes import SharingMode

OTHER_SHARING: dict[ModalityName, SharingMode] = {"text": "none", "graph": "full"}
"""The sharing mode of a control: the spaces of texts share fully, those of graphs do not share, unless one says so."""


@dataclass(frozen=True)
class SearchPlan:
    """One search of the benchmark.

    Attributes:
        name: its name in the result file and of its folder.
        strategy: recipe.
        overrides: dotted keys with values other than the recipe's.
        untrained: the supernet keeps its initial weights: its training ends before the first step.
        as_long_as: name of the search whose time, wall clock and processor, this one has; empty: no deadline.
    """

    name: str
    strategy: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    untrained: bool = False
    as_long_as: str = ""


@dataclass(frozen=True)
class Protocol:
    """The protocol of one benchmark run.

    Attributes:
        space: recipe of the space that is searched.
        data: the ``data:`` block.
        retrain: the ``retrain:`` block, the same for every row.
        searches: the searches, each before those that are as long as it.
        search_seeds: how often each search is done, with seeds 0, 1, ...
        control_seeds: how often those after the first are; ``None``: as often.
        overrides: dotted keys that hold for searches and retraining.
        threads: of torch.
        work: folder of the working state.
        command: the shell command of this run.
    """

    space: str
    data: Mapping[str, Any]
    retrain: Mapping[str, Any]
    searches: tuple[SearchPlan, ...]
    search_seeds: int
    overrides: Mapping[str, Any]
    threads: int
    work: Path
    command: str
    control_seeds: int | None = None

    def seeds_of(self, search: str) -> int:
        """Return how often the search of this name is done (0: there is none)."""
        if not search:
            return 0
        under_test = search == self.searches[0].name
        return self.search_seeds if under_test or self.control_seeds is None else self.control_seeds

    def settings(self, search: SearchPlan, seed: int = 0) -> RunSettings:
        """Return the resolved settings of a search.

        Raises:
            RecipeError: a value is impossible.
        """
        own = {f"strategy.{key}" if not key.startswith("space.") else key: v for key, v in search.overrides.items()}
        return resolve_settings(
            self.space,
            search.strategy,
            self.data,
            self.retrain,
            budget="none",
            seed=seed,
            threads=self.threads,
            overrides={**own, **self.overrides},
        )


@contextmanager
def open_bench(protocol: Protocol, observer: Observer) -> Iterator[tuple[Bench, Splits]]:
    """Load the data and yield the bench of the rows; the working folder is locked, torch has its threads.

    Raises:
        RunFolderError: the working folder is another process's, or of another protocol or other data.
    """
    from nni_autoattend.datasets.by_modality import prepare
    from nni_autoattend.training.allocator import keep_freed_memory

    keep_freed_memory()  # as every run of the package does
    settings = protocol.settings(protocol.searches[0])
    splits = load_splits(settings.data)
    with lock.locked(make_folder(protocol.work)), torch_threads(protocol.threads):
        folder = open_folder(protocol.work / "rows", settings, splits.fingerprint(), protocol.command)
        data = prepare(settings.data, splits, folder.checkpoints)
        history = History(folder.history, [dict(row) for row in read_history(folder.history)])
        bench = Bench(folder, settings, data, Journal(folder.journal), history, observer=observer)
        for note in data.notes:
            bench.note(note)
        yield bench, splits


def open_folder(path: Path, settings: RunSettings, fingerprint: str, command: str) -> RunFolder:
    """Return the folder of a search or of the rows, new or to be continued; more retraining seeds are no difference.

    Raises:
        RunFolderError: it was begun under another protocol or with other data.
    """
    described = replace(settings, retrain=replace(settings.retrain, seeds=1))
    folder = RunFolder(path)
    if folder.described:
        check_resumable(folder, described, fingerprint)
    else:
        folder = RunFolder.create(path, described, fingerprint, command)
    make_folder(folder.checkpoints)
    return folder
