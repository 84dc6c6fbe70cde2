"""What a result file keeps of its rows and searches, so that a benchmark of many hours can go on in another checkout.

Working state is large and stays on its machine; a row's scores and test predictions are small, and with them every
comparison can be made again.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._rows import Row
from benchmarks._searches import Searched
from nni_autoattend.experiment.predictions import Decisions, Predictions
from nni_autoattend.experiment.results import Measured

if TYPE_CHECKING:
    from benchmarks._protocol import Protocol
    from benchmarks._rows import RowPlan
    from nni_autoattend.genes import Genes

_OF_SEARCHES = ("strategies", "search_seeds", "control_seeds")
KEY = "measured"
"""Of a row in the result file: what its figures were computed from."""


@dataclass(frozen=True)
class Kept:
    """The rows of a result file by name, and its searches by name and seed."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    searches: Mapping[tuple[str, int], Searched] = field(default_factory=dict)


def row_to_plain(row: Row) -> dict[str, Any]:
    """Return JSON values of what the figures of ``row`` do not tell; the labels of the test items are the data's."""
    return {
        "validation": list(row.measured.validation),
        "predictions": [
            {"name": one.name, "seed": one.seed, "training": one.training, "classes": pack(one.predictions)}
            for one in row.measured.predictions
        ],
    }


def read_kept(path: Path, same: Mapping[str, Any], protocol: Protocol, plans: Sequence[RowPlan], genes: Genes) -> Kept:
    """Return what the result file at ``path`` keeps of this protocol; nothing, where it is of older code.

    Of other data, or another space or retraining, it keeps nothing. A search has to be of the same strategy too, and
    so has the one whose time it had; a row of searches, of as many of them.

    Args:
        path: the file; it may be missing.
        same: what the file has to say of data and settings, as ``save_results`` writes it.
        protocol: of the benchmark.
        plans: of its rows.
        genes: of the space.
    """
    if not path.exists():
        return Kept()
    result = json.loads(path.read_text(encoding="utf-8"))
    asked = through_json(same)
    known = _without_searches(result)
    if any(known.get(key) != value for key, value in _without_searches(asked).items()):
        return Kept()
    usable = _same_searches(result["settings"]["strategies"], asked["settings"]["strategies"], protocol)
    searches = [one for one in result["searches"] if one["name"] in usable]
    done = Counter(one["name"] for one in searches)
    kept_plans = {plan.name for plan in plans if done[plan.search] == protocol.seeds_of(plan.search)}
    labels = unpack(result["test_labels"])
    rows = [row for row in result["rows"] if row["name"] in kept_plans]
    return Kept(
        {row["name"]: row_from_plain(row["name"], row, labels) for row in rows},
        {(one["name"], one["seed"]): searched_from_plain(one, genes) for one in searches},
    )


def _without_searches(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return the protocol but for what concerns searches; what a space suggests is in strategies and retraining."""
    settings = {key: value for key, value in plain.get("settings", {}).items() if key not in _OF_SEARCHES}
    space = {key: value for key, value in settings.get("space", {}).items() if key not in ("run", "description")}
    return {**plain, "settings": {**settings, "space": space}}


def _same_searches(known: Mapping[str, Any], asked: Mapping[str, Any], protocol: Protocol) -> set[str]:
    """Return the names of the searches that are the same, and have the time of one that is; each comes after it."""
    names: set[str] = set()
    for plan in protocol.searches:
        if known.get(plan.name) == asked[plan.name] and (not plan.as_long_as or plan.as_long_as in names):
            names.add(plan.name)
    return names


def through_json(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``plain`` as it is when it was written and read."""
    values: dict[str, Any] = json.loads(json.dumps(plain))
    return values


def pack(classes: Decisions) -> str:
    """Return the classes of many items as a short word."""
    plain = json.dumps(classes, separators=(",", ":")).encode()
    return b64encode(zlib.compress(plain, 9)).decode()


def unpack(word: str) -> Decisions:
    """Return what ``pack`` was given."""
    values = json.loads(zlib.decompress(b64decode(word)))
    return tuple(tuple(one) if isinstance(one, list) else one for one in values)


def row_from_plain(name: str, row: Mapping[str, Any], labels: Decisions) -> Row:
    """Return a row from its JSON values: its figures, ``trainings``, and under ``KEY`` what ``row_to_plain`` gave."""
    plain = row[KEY]
    predictions = tuple(
        Predictions(one["name"], one["seed"], one["training"], labels, unpack(one["classes"]))
        for one in plain["predictions"]
    )
    measured = Measured(
        name=name,
        kind=row["kind"],
        parameters=row["parameters"],
        validation=tuple(plain["validation"]),
        cpu_seconds=row["cpu_seconds"],
        predictions=predictions,
    )
    return Row(measured, tuple(row["trainings"]))


def searched_from_plain(figures: Mapping[str, Any], genes: Genes) -> Searched:
    """Return a finished search from its figures."""
    return Searched(tuple(genes.from_published(rows) for rows in figures["top"]), dict(figures))
