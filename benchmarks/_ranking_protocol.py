"""What both parts of the ranking benchmark stand on: the task, the architectures, and the folder of a part."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nni_autoattend.architecture import Architecture
from nni_autoattend.datasets.by_modality import load_splits, prepare
from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.entrants import draw
from nni_autoattend.experiment.run_folder import differences, make_folder
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json
from nni_autoattend.journal import Journal
from nni_autoattend.modality import MODALITIES, ModalityName
from nni_autoattend.recipes import SpaceRecipe, load_space
from nni_autoattend.schema import to_plain
from nni_autoattend.settings import NetworkShape, TrainingSettings

if TYPE_CHECKING:
    from nni_autoattend.datasets.by_modality import PreparedData

PartName = Literal["standalone", "supernets"]
PARTS: tuple[PartName, ...] = ("standalone", "supernets")
_DATA_KEYS: dict[ModalityName, tuple[str, ...]] = {
    "text": ("task", "phrases", "tokenizer", "max_length", "min_count", "vectors", "embedding_width", "split_seed"),
    "graph": ("task", "normalise_features", "split_seed"),
}
_RATES = ("dropout", "attention_dropout", "aggregation_dropout")
_SHAPE_KEYS: dict[ModalityName, tuple[str, ...]] = {
    "text": ("width", "heads", *_RATES),
    "graph": ("width", "heads", *_RATES, "input_dropout", "activation", "residual", "normalise", "unit_features"),
}
_TRAINING_KEYS = ("batch_size", "lr", "weight_decay", "clip", "bucket_pool")
_DRAW_SEED, _DESCRIPTION = 0, "protocol.json"


@dataclass(frozen=True)
class Protocol:
    """The protocol of one ranking benchmark.

    Attributes:
        space: recipe of the space whose architectures are ranked.
        overrides: dotted keys of that recipe with other values.
        data: the ``data:`` block.
        architectures: how many are drawn; more of them are the same protocol.
        seeds: stand-alone trainings of each architecture, with seeds 0, 1, ...; likewise.
        alone: values of the recipe's ``search:`` block that an architecture alone has.
        training: of an architecture alone.
        modes: sharing modes, in the order they are measured.
        supernet_seeds: supernets per mode, with seeds 0, 1, ...; likewise.
        supernet: how a supernet is trained; its epochs are those of the larger budget.
        budgets: epochs after which all architectures are scored, ascending.
        paths: paths per step.
        work: folder of the working state.
        command: the shell command of this run.
    """

    space: str
    overrides: Mapping[str, Any]
    data: Mapping[str, Any]
    architectures: int
    seeds: int
    alone: Mapping[str, Any]
    training: TrainingSettings
    modes: tuple[str, ...]
    supernet_seeds: int
    supernet: TrainingSettings
    budgets: tuple[int, ...]
    paths: int
    work: Path
    command: str

    def recipe(self, **more: Any) -> SpaceRecipe:
        """Return the space, with further overrides."""
        return load_space(self.space, {**self.overrides, **more})

    def shape_alone(self) -> NetworkShape:
        """Return widths and rates of an architecture alone."""
        return self.recipe(**{f"search.{key}": value for key, value in self.alone.items()}).search


@dataclass(frozen=True)
class Ground:
    """The loaded task and the architectures that are ranked on it.

    Attributes:
        data: encoded splits; ``search`` is what supernets are scored on, ``selection`` what decides the ranking.
        architectures: uniformly drawn, distinct networks; fewer drawn ones are the first of more drawn ones.
        common: plain values of what both parts have in common.
    """

    data: PreparedData
    architectures: tuple[Architecture, ...]
    common: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Part:
    """The open folder of one part: its finished rows, and where more of its state goes."""

    folder: Path
    rows: Journal


def load_ground(protocol: Protocol) -> Ground:
    """Load the task and draw the architectures.

    Raises:
        DataError: the task's files are missing.
    """
    space = protocol.recipe()
    settings = MODALITIES[space.modality].data(**protocol.data)
    splits = load_splits(settings)
    data = prepare(settings, splits, None)
    common = {
        "data": _of(to_plain(settings), (*_DATA_KEYS[space.modality], *({"size"} & protocol.data.keys()))),
        "data_fingerprint": splits.fingerprint(),
        "genes": to_plain(space.genes),
        "shape": _of(to_plain(space.search), _SHAPE_KEYS[space.modality]),
        "draw_seed": _DRAW_SEED,
    }
    return Ground(data, tuple(draw(space.genes, protocol.architectures, _DRAW_SEED)), common)


def part_protocol(name: PartName, protocol: Protocol, ground: Ground) -> dict[str, Any]:
    """Return the plain values on which the rows of a part depend."""
    training = protocol.training if name == "standalone" else protocol.supernet
    own = {key: getattr(training, key) for key in _TRAINING_KEYS}
    own |= {} if training.patience is None else {"patience": training.patience}
    own |= {"judged_by": ["score", "calibrated loss"]}  # what a row holds: it had no losses once
    own |= {"shape": dict(protocol.alone)} if protocol.alone and name == "standalone" else {}
    supernet = {"paths": protocol.paths, "budgets": list(protocol.budgets)}
    return {**ground.common, name: {**own, **({"epochs": training.epochs} if name == "standalone" else supernet)}}


@contextmanager
def open_part(name: PartName, protocol: Protocol, ground: Ground) -> Iterator[Part]:
    """Yield the folder of a part, locked; the other part's may be open in another process.

    Raises:
        RunFolderError: another process works there, or it was begun under another protocol or on other data.
    """
    folder = make_folder(protocol.work / name)
    with lock.locked(folder):
        _check(folder, part_protocol(name, protocol, ground), protocol.command)
        yield Part(folder, Journal(folder / "rows.jsonl"))


def read_part(name: PartName, protocol: Protocol, ground: Ground) -> list[dict[str, Any]]:
    """Return the finished rows of a part, whoever is writing more of them; no folder, no rows.

    Raises:
        RunFolderError: it was begun under another protocol or on other data.
    """
    description = part_description(name, protocol)
    if description is None:
        return []
    folder = protocol.work / name
    _compare(folder, description, part_protocol(name, protocol, ground))
    rows = {row["key"]: row for row in Journal(folder / "rows.jsonl").events}  # of two with one key the later counts
    return list(rows.values())


def part_description(name: PartName, protocol: Protocol) -> dict[str, Any] | None:
    """Return what is written of a part that was begun: its protocol, command, time, versions, machine."""
    path = protocol.work / name / _DESCRIPTION
    if not path.exists():
        return None
    description: dict[str, Any] = read_json(path)
    return description


def _of(plain: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: plain[key] for key in keys}


def _check(folder: Path, asked: dict[str, Any], command: str) -> None:
    path = folder / _DESCRIPTION
    if path.exists():
        _compare(folder, read_json(path), asked)
        return
    told = {"protocol": asked, "command": command, "created": now(), "versions": versions(), "machine": machine()}
    write_json(path, told)


def _compare(folder: Path, description: Mapping[str, Any], asked: dict[str, Any]) -> None:
    changed = differences(description["protocol"], asked)
    if changed:
        told = "; ".join(f"{key} is {old!r} there and {new!r} now" for key, (old, new) in list(changed.items())[:3])
        more = f"; {len(changed) - 3} more keys differ" if len(changed) > 3 else ""
        raise RunFolderError(f"{folder} is of another protocol: {told}{more}; choose another --work folder")


def now() -> str:
    """Return the date and time as text."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


@cache
def commit() -> str | None:
    """Return the commit of the code as this process first asks, ``-dirty`` where files differ; ``None``: no git."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
