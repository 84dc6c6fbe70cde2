"""Which network each search under test found: of those that it handed over, the one that retraining picked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks._kept_rows import KEY as KEPT
from benchmarks._kept_rows import searched_from_plain
from nni_autoattend.architecture import Architecture
from nni_autoattend.genes import Genes
from nni_autoattend.report.wording import formula
from nni_autoattend.schema import read

_FEW = 3
"""Layers of a network that one line can tell."""


def found_note(result: Mapping[str, Any]) -> str:
    """Return a line that tells the networks of the first row of a result file, by search.

    It is empty where they have too many layers, or where a file does not keep what was picked.
    """
    row, genes = result["rows"][0], read(Genes, result["settings"]["space"]["genes"], "genes of a result file")
    if genes.layers > _FEW or KEPT not in row:
        return ""
    searches = [searched_from_plain(figures, genes) for figures in result["searches"]]
    networks = {
        f"{search.entrant}/candidate-{number}": (search.entrant, architecture)
        for search in searches
        for number, architecture in enumerate(search.architectures, start=1)
    }
    picked = dict.fromkeys(one["training"].rsplit("/", 1)[0] for one in row[KEPT]["predictions"])
    told = [f"{entrant}: {_in_words(architecture)}" for entrant, architecture in map(networks.__getitem__, picked)]
    return f"Found: {'; '.join(told)}."


def _in_words(architecture: Architecture) -> str:
    layers = range(1, len(architecture.layers) + 1)
    return ", then ".join(formula(architecture, target).removeprefix("addition: ") for target in layers)
