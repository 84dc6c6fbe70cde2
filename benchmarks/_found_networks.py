"""Which network each search under test found: of those that it handed over, the one that retraining picked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks._kept_rows import KEY as KEPT
from nni_autoattend.architecture import Architecture
from nni_autoattend.genes import Genes
from nni_autoattend.report.wording import formula

_FEW = 3
"""Layers of a network that one line can tell."""


def found_note(result: Mapping[str, Any]) -> str:
    """Return a line that tells the networks of the first row of a result file, by search.

    It is empty where they have too many layers, or where a file does not keep what was picked.
    """
    space, row = result["settings"]["space"]["genes"], result["rows"][0]
    genes = Genes(space["layers"], tuple(space["kinds"]), tuple(space["operations"]))
    if genes.layers > _FEW or KEPT not in row:
        return ""
    handed_over = {f"{one['name']} search {one['seed']}": one["top"] for one in result["searches"]}
    picked = dict.fromkeys(one["training"].rsplit("/", 1)[0] for one in row[KEPT]["predictions"])
    told = []
    for name, label in (training.split("/") for training in picked):
        number = int(label.removeprefix("candidate-"))
        told.append(f"{name}: {_in_words(genes.from_published(handed_over[name][number - 1]))}")
    return f"Found: {'; '.join(told)}."


def _in_words(architecture: Architecture) -> str:
    layers = range(1, len(architecture.layers) + 1)
    return ", then ".join(formula(architecture, target).removeprefix("addition: ") for target in layers)
