"""What the strategies benchmark has measured: finished searches with the training of the best of each, in one file.

Every search is kept with what the table is computed from, so that the benchmark goes on in any checkout, and several
processes, each at a seed of its own, can fill the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._kept_rows import KEY, pack, row_from_plain, row_to_plain, searched_from_plain, through_json, unpack
from benchmarks._rows import Row
from benchmarks._searches import Searched
from nni_autoattend.schema import to_plain

if TYPE_CHECKING:
    from benchmarks._protocol import Protocol
    from nni_autoattend.experiment.bench import Bench

_LABELS = "test_labels"
_RETRAINED = "retrained"


@dataclass(frozen=True)
class Finished:
    """A finished search, and its best architecture trained once (``None``: of a search that only tells the time)."""

    searched: Searched
    retrained: Row | None = None

    @property
    def name(self) -> str:
        """Return the name of the search."""
        return str(self.searched.figures["name"])

    @property
    def seed(self) -> int:
        """Return the seed of the search."""
        return int(self.searched.figures["seed"])


def same_protocol(protocol: Protocol, bench: Bench) -> dict[str, Any]:
    """Return what two result files must have in common for the searches of one to be searches of the other."""
    plain = bench.settings.to_plain()
    return {
        "task": bench.settings.data.name,
        "data_fingerprint": bench.folder.description()["data_fingerprint"],
        "space": plain["space"],
        "data": {**plain["data"], "root": None},  # a place on this machine is no part of the protocol
        "retrain": plain["retrain"],
        "threads": protocol.threads,
    }


def strategies_of(protocol: Protocol) -> dict[str, Any]:
    """Return the settings of every planned strategy, by name of the search."""
    return {plan.name: to_plain(protocol.settings(plan).strategy) for plan in protocol.searches}


def finished_to_plain(finished: Sequence[Finished]) -> dict[str, Any]:
    """Return the JSON values that ``read_finished`` reads, in the order of strategies and seeds given."""
    rows = [one.retrained for one in finished if one.retrained]
    labels = rows[0].measured.predictions[0].labels if rows else ()
    return {"searches": [_to_plain(one) for one in finished], _LABELS: pack(labels)}


def read_finished(path: Path, protocol: Protocol, bench: Bench) -> list[Finished]:
    """Return the searches that the file at ``path`` (it may be missing) has of this protocol.

    Of another task, space, training or time nothing is taken, of a strategy with other settings none of its own; seeds
    past the planned ones are taken too.
    """
    if not path.exists():
        return []
    result = json.loads(path.read_text(encoding="utf-8"))
    same, planned = through_json(same_protocol(protocol, bench)), through_json(strategies_of(protocol))
    as_planned = {name for name, settings in planned.items() if result["strategies"].get(name) == settings}
    if any(result.get(key) != value for key, value in same.items()) or protocol.searches[0].name not in as_planned:
        return []
    labels = unpack(result[_LABELS])
    return [_from_plain(one, labels, bench) for one in result["searches"] if one["name"] in as_planned]


def _to_plain(finished: Finished) -> dict[str, Any]:
    row = finished.retrained
    if row is None:
        return {**finished.searched.figures, _RETRAINED: None}
    figures = {
        "kind": row.measured.kind,
        "parameters": row.measured.parameters,
        "cpu_seconds": row.measured.cpu_seconds,
        "trainings": list(row.trainings),
        KEY: row_to_plain(row),
    }
    return {**finished.searched.figures, _RETRAINED: figures}


def _from_plain(plain: Mapping[str, Any], labels: Any, bench: Bench) -> Finished:
    row = plain[_RETRAINED]
    figures = {key: value for key, value in plain.items() if key != _RETRAINED}
    searched = searched_from_plain(figures, bench.settings.space.genes)
    return Finished(searched, row and row_from_plain(plain["name"], row, labels))
