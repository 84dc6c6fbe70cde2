"""The result file of the speed benchmark as Markdown tables. No torch: ``--table`` answers at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nni_autoattend.report.cells import DASH

_Rows = Mapping[str, Mapping[str, Any]]
_COLUMNS = ("Quantity", "Official code", "Reference path", "Fast path", "Times faster", "Aim")
_GIB = 1024**3


class Line(NamedTuple):
    """A line of the first table.

    Attributes:
        quantity: what it is.
        row: the row that it is read from.
        reference, fast: variants of that row.
        official: figure of the released code, from the issue.
        aim: the issue's, for the fast path.
        show: from the mean seconds to the figure.
    """

    quantity: str
    row: str
    reference: str
    fast: str
    official: str = DASH
    aim: str = DASH
    show: Callable[[float], str] = lambda seconds: f"{seconds:.3g} s"


def _per_minute(seconds: float) -> str:
    return f"{60 / seconds:.0f} / min"


_LINES = (
    Line(
        "path, mean of an epoch: fast with pool 50, reference on random batches",
        "epoch",
        "reference, pool 0",
        "fast, pool 50",
        "1.01 s (2.28 s as shipped)",
        "≤ 0.10 s",
    ),
    Line("path, both with pool 50", "epoch", "reference, pool 50", "fast, pool 50"),
    Line("path, fast with pool 10, reference on random batches", "epoch", "reference, pool 0", "fast, pool 10"),
    Line("path, both on random batches", "epoch", "reference, pool 0", "fast, pool 0", "1.01 s", "≤ 0.40 s"),
    Line("step of {paths} paths with optimiser, pool 50", "steps", "reference, pool 50", "fast, pool 50"),
    Line("step of {paths} paths, random batches", "steps", "reference, pool 0", "fast, pool 0", "16.3 s"),
    Line("clipping and Adam in a step", "updates", "reference", "fast", "0.32 s"),
    Line("evaluations of dev sentences", "evaluation", "reference", "fast", "18.8 / min", show=_per_minute),
    Line(
        "evaluations, {workers} workers",
        "evaluation",
        "reference",
        "fast, workers",
        "18.8 / min",
        "≥ 150 / min",
        _per_minute,
    ),
    Line("retraining step, random batches", "retraining", "reference, pool 0", "fast, pool 0", "1.84 s", "≤ 0.6 s"),
    Line("retraining step, pool 50", "retraining", "reference, pool 50", "fast, pool 50", aim="≤ 0.6 s"),
)


def tables(path: Path) -> str:
    """Return the Markdown of a result file, nothing where there is none."""
    if not path.exists():
        return ""
    result = json.loads(path.read_text(encoding="utf-8"))
    rows, settings = result["rows"], result["settings"]
    unfinished = "" if result["complete"] else "; not all rows are measured yet"
    machine = f"{settings['machine']['cores']} cores, {settings['threads']} thread(s), torch {settings['torch']}"
    head = f"{settings['texts']}, embedding {settings['embedding']}; {machine}; {result['updated'][:10]}"
    main = _table(_COLUMNS, [*_main_lines(rows), *_memory_lines(rows)])
    lengths = {name.removeprefix("length "): row for name, row in rows.items() if name.startswith("length ")}
    parts = [f"**Means of time** ({head}{unfinished})", main]
    if lengths:
        parts += ["**Seconds per path by tokens of a phrase**: mean (median; least to most)", _length_table(lengths)]
    return "\n\n".join(parts) + "\n"


def _main_lines(rows: _Rows) -> Iterator[Sequence[str]]:
    for line in _LINES:
        row = rows.get(line.row)
        if row is None:
            continue
        reference, fast = (row["timings"][name]["mean"] for name in (line.reference, line.fast))
        quantity = line.quantity.format(paths=row.get("paths"), workers=row.get("workers"))
        shown = (line.show(reference), line.show(fast), f"{reference / fast:.1f}")
        yield quantity, line.official, *shown, line.aim


def _memory_lines(rows: _Rows) -> Iterator[Sequence[str]]:
    if "memory" not in rows:
        return
    reference, fast = (rows["memory"]["processes"][name]["peak_bytes"] for name in ("reference", "fast"))
    shown = (f"{reference / _GIB:.2f} GiB", f"{fast / _GIB:.2f} GiB", f"{reference / fast:.1f}")
    yield "peak memory of training, all moments filled", "≈ 3.7 GiB", *shown, "≤ 2.3 GiB"


def _length_table(rows: _Rows) -> str:
    together = [name for name in next(iter(rows.values()))["timings"] if name.isdecimal()]
    names = ["reference", *together, "fast"]
    titles = ["reference", *(f"{name} together" for name in together), "as a step does", "times faster"]
    lines = []
    for length, row in rows.items():
        timings = row["timings"]
        ratio = timings["reference"]["mean"] / timings["fast"]["mean"]
        lines.append([length, *(_spread(timings.get(name)) for name in names), f"{ratio:.1f}"])
    return _table(["Tokens", *titles], lines)


def _spread(timing: Mapping[str, Any] | None) -> str:
    if timing is None:
        return DASH
    mean, middle, least, most = (f"{timing[name]:.3g}" for name in ("mean", "median", "min", "max"))
    return f"{mean} ({middle}; {least}{DASH}{most})"


def _table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(columns) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (columns, rule, *lines))
