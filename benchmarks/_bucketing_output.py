"""What the bucketing benchmark says: means over seeds, what pools cost and save, files and tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import fmean, stdev, variance
from typing import TYPE_CHECKING, Any

from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json
from nni_autoattend.report.cells import DASH, percent, points, spread
from nni_autoattend.schema import to_plain

if TYPE_CHECKING:
    from nni_autoattend.experiment.bench import Bench

Rows = Sequence[dict[str, Any]]


def summaries(rows: Rows) -> list[dict[str, Any]]:
    """Return a line per architecture and pool, then a line per pool over all architectures."""
    names = list(dict.fromkeys(row["architecture"] for row in rows))
    pools = list(dict.fromkeys(row["pool"] for row in rows))
    alone = [
        _line(name, pool, [row for row in rows if row["architecture"] == name]) for name in names for pool in pools
    ]
    return alone + [_line("all", pool, rows) for pool in pools]


def _line(name: str, pool: int, rows: Rows) -> dict[str, Any]:
    own, plain = ([row for row in rows if row["pool"] == which and row["score"] is not None] for which in (pool, 0))
    return {
        "architecture": name,
        "pool": pool,
        "trainings": len(own),
        "mean": _mean(own, "score"),
        "deviation": _deviation(own),
        "last_mean": _mean(own, "last_score"),
        "seconds_per_epoch": _mean(own, "seconds_per_epoch"),
        "cpu_seconds_per_epoch": _mean(own, "cpu_seconds_per_epoch"),
        **(_comparison(own, plain) if pool else {}),
    }


def _comparison(own: Rows, plain: Rows) -> dict[str, Any]:
    """Compare with random batches (pool 0), pair by pair: same architecture, same seed, same initial weights."""
    base = {(row["architecture"], row["seed"]): row for row in plain}
    keys = [(row["architecture"], row["seed"]) for row in own]
    pairs = [(row, base[key]) for row, key in zip(own, keys, strict=True) if key in base]
    if not pairs:
        return {}
    gains, deviation = [row["score"] - other["score"] for row, other in pairs], _deviation(plain)
    return {
        "difference": fmean(gains),
        "difference_error": stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else None,
        "plain_deviation": deviation,
        "reaches": None if deviation is None else fmean(gains) >= -deviation,
        "seconds_ratio": _ratio(pairs, "seconds_per_epoch"),
        "cpu_seconds_ratio": _ratio(pairs, "cpu_seconds_per_epoch"),
    }


def _ratio(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]], key: str) -> float:
    """Return how many times longer random batches take."""
    ratio: float = sum(other[key] for _, other in pairs) / sum(row[key] for row, _ in pairs)
    return ratio


def _deviation(rows: Rows) -> float | None:
    """Return the standard deviation over seeds, pooled over architectures (their own differences stay out)."""
    scores: dict[str, list[float]] = {}
    for row in rows:
        scores.setdefault(row["architecture"], []).append(row["score"])
    variances = [variance(values) for values in scores.values() if len(values) > 1]
    return fmean(variances) ** 0.5 if variances else None


def _mean(rows: Rows, key: str) -> float | None:
    values = [row[key] for row in rows if row[key] is not None]
    return fmean(values) if values else None


def save_trainings(
    path: Path,
    rows: dict[str, list[dict[str, Any]]],
    benches: dict[str, Bench],
    settings: dict[str, Any],
    circumstances: dict[str, Any],
    complete: bool,
) -> None:
    """Write what is trained so far, by task; tasks without a training are left out."""
    first = next(iter(benches.values())).settings
    training = to_plain(first.retrain.training())
    del training["bucket_pool"]  # what is compared
    tasks = {
        name: {
            "started": benches[name].folder.description()["created"],
            "data": {**benches[name].settings.to_plain()["data"], "root": None},  # a place here is no part of it
            "batches": -(-len(benches[name].data.train) // first.retrain.batch_size),
            "summary": summaries(done),
            "rows": done,
        }
        for name, done in rows.items()
        if done
    }
    shared = {"space": to_plain(first.space), "training": training, **settings}
    write_json(path, {**circumstances, "complete": complete, "settings": shared, "tasks": tasks})


def circumstances(command: str, threads: int) -> dict[str, Any]:
    """Return with what, when and where figures were made."""
    return {
        "command": command,
        "updated": datetime.now().astimezone().isoformat(timespec="seconds"),
        "versions": versions(),
        "machine": {**machine(), "threads": threads},
    }


def tables(folder: Path) -> str:
    """Return the Markdown of the result files in ``folder`` that there are."""
    parts = []
    for name, table in (("bucketing", _trainings_table), ("bucketing-mix", _mix_table)):
        path = folder / f"{name}.json"
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
            parts += [table(task, figures, result) for task, figures in result["tasks"].items()]
    return "\n".join(parts)


def _trainings_table(task: str, figures: dict[str, Any], result: dict[str, Any]) -> str:
    training, unfinished = result["settings"]["training"], "" if result["complete"] else "; not all trainings are done"
    head = (
        f"**{task}** ({figures['batches']} batches of {training['batch_size']} an epoch, {training['epochs']} epochs, "
        f"{result['settings']['seeds']} seeds, {result['machine']['threads']} thread(s); accuracy on the selection "
        f"half of validation{unfinished})"
    )
    columns = (
        "Architecture",
        "Pool",
        "Best epoch",
        "Last epoch",
        "against pool 0",
        "s/epoch",
        "CPU s/epoch",
        "CPU x",
    )
    return head + "\n\n" + _markdown(columns, [_training_cells(line) for line in figures["summary"]])


def _training_cells(line: dict[str, Any]) -> list[str]:
    verdict = {True: " (reaches)", False: " (falls short)", None: ""}[line.get("reaches")]
    error = line.get("difference_error")
    return [
        line["architecture"],
        str(line["pool"]),
        spread(line["mean"], line["deviation"], 1 if line["deviation"] is None else 2),
        percent(line["last_mean"]),
        points(line.get("difference")) + ("" if error is None else f" ± {percent(error)}") + verdict,
        _number(line["seconds_per_epoch"], 1),
        _number(line["cpu_seconds_per_epoch"], 1),
        _number(line.get("cpu_seconds_ratio"), 2),
    ]


def _mix_table(task: str, figures: dict[str, Any], result: dict[str, Any]) -> str:
    head = (
        f"**{task}** ({figures['texts']} texts, {figures['mixes'][0]['batches']} batches of {result['batch_size']}; "
        f"labels of all texts: {figures['entropy']:.3f} bits)"
    )
    columns = ("Pool", "Label entropy, bits", "lowest 5 %", "of random", "Padded", "Length", "Tokens a batch")
    random = figures["mixes"][0]["entropy"]
    return head + "\n\n" + _markdown(columns, [_mix_cells(mix, random) for mix in figures["mixes"]])


def _mix_cells(mix: dict[str, Any], random: float) -> list[str]:
    return [
        str(mix["pool"]),
        _number(mix["entropy"], 3),
        _number(mix["entropy_low"], 3),
        _number(mix["entropy"] / random, 3),
        f"{100 * mix['padding']:.1f} %",
        _number(mix["length"], 1),
        f"{mix['tokens']:.0f} ± {mix['tokens_deviation']:.0f}",
    ]


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(columns) - 1)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [columns, rule, *rows])


def _number(value: float | None, decimals: int) -> str:
    return DASH if value is None else f"{value:.{decimals}f}"
