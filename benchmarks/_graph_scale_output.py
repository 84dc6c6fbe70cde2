"""The table of the scale benchmark, made from its result file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nni_autoattend.report.cells import DASH, count, gib

_HEADER = (
    "Edges", "Nodes", "Step, s", "Step, CPU s", "By edge, CPU µs",
    "Memory of the graph", "By edge, bytes", "Forecast", "Whole process",
)  # fmt: skip


def table(path: Path) -> str:
    """Return the Markdown of a result file: a table for every architecture, a line for every size."""
    value = json.loads(path.read_text(encoding="utf-8"))
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in value["rows"]:
        groups.setdefault(_described(row["figures"]["architecture"]), []).append(row["figures"])
    held = f"a training step on the whole graph, {value['threads']} thread(s)"
    return "\n".join(f"**{name}** ({held})\n\n{_lines(figures)}" for name, figures in groups.items())


def _lines(figures: list[dict[str, Any]]) -> str:
    cells = [_HEADER, ["---:"] * len(_HEADER), *map(_cells, figures)]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def _cells(figures: Mapping[str, Any]) -> tuple[str, ...]:
    edges, known = figures["edges"], figures["peak"] and figures["before"]
    grown = figures["peak"] - figures["before"] if known else None
    return (
        count(edges),
        count(figures["nodes"]),
        f"{figures['step']:.3f}",
        f"{figures['cpu_step']:.3f}",
        f"{1e6 * figures['cpu_step'] / edges:.2f}",
        gib(grown),
        DASH if grown is None else count(round(grown / edges)),
        gib(figures["forecast"]),
        gib(figures["peak"]),
    )


def _described(layers: list[dict[str, Any]]) -> str:
    """Return the operations of each layer: ``attention(gcn, sage, gat2) of 0 | ...``."""
    return " | ".join(
        f"{layer['kind']}({', '.join(str(value) for name, value in layer.items() if name.endswith('_op'))}) "
        f"of {layer['source']}"
        for layer in layers
    )
