"""The result file of a ranking benchmark, its picture, and the tables made from such files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._ranking_analysis import analyse
from benchmarks._ranking_plot import save_plot
from benchmarks._ranking_protocol import (
    PARTS,
    Ground,
    PartName,
    Protocol,
    now,
    part_description,
    part_protocol,
    read_part,
)
from benchmarks._ranking_scores import Ranker, Scores, read_scores
from benchmarks._ranking_statistics import Floats
from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json
from nni_autoattend.report.cells import DASH, MINUS, count
from nni_autoattend.report.cells import seconds as duration

_LIMITS, _LAST = "95 % interval", ("Regret top 1", "Regret top 5", "CPU time")
_MEASURES = (("tau", "Kendall τ"), ("rho", "Spearman"), ("tau_by_loss", "τ by loss"))
_FIRST = ("Ranker", "Epochs", "Seeds", "Parameters")
_HEADER = (*_FIRST, *(cell for _, name in _MEASURES for cell in (name, _LIMITS)), *_LAST)
_Rows = Mapping[PartName, Sequence[Mapping[str, Any]]]


def save_results(folder: Path, protocol: Protocol, ground: Ground) -> Path | None:
    """Analyse what is measured so far, by whichever process; return the file, ``None`` where it is too little."""
    rows = {part: read_part(part, protocol, ground) for part in PARTS}
    items = {"selection": len(ground.data.selection), "search": len(ground.data.search)}
    scores = read_scores(rows["standalone"], rows["supernets"], items, len(ground.architectures))
    if scores is None:
        return None
    task = protocol.data["task"]
    result = {
        "task": task,
        **_circumstances(protocol, ground, rows),
        "items": {"train": len(ground.data.train), **items},
        **analyse(scores),
        "costs": _costs(rows),
        "architectures": _architectures(scores, protocol, ground),
    }
    path = folder / f"ranking-{task}.json"
    write_json(path, result)
    save_plot(path.with_suffix(".png"), result)
    return path


def tables(folder: Path) -> str:
    """Return the Markdown of all result files in ``folder``."""
    return "\n".join(
        _table(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("ranking-*.json"))
    )


def _circumstances(protocol: Protocol, ground: Ground, rows: _Rows) -> dict[str, Any]:
    described = {part: part_description(part, protocol) for part in PARTS}
    begun = {part: told for part, told in described.items() if told is not None}
    wanted = len(ground.architectures) * protocol.seeds + protocol.supernet_seeds * len(protocol.modes) * len(
        protocol.budgets
    )
    return {
        "command": protocol.command,
        "commands": {part: told["command"] for part, told in begun.items()},
        "started": min(told["created"] for told in begun.values()),
        "updated": now(),
        "complete": sum(len({row["key"] for row in done}) for done in rows.values()) >= wanted,
        "versions": versions(),
        "commits": sorted({row["commit"] for done in rows.values() for row in done if row["commit"]}),
        "machine": {**machine(), "threads": 1},
        "settings": {part: part_protocol(part, protocol, ground) for part in PARTS},
    }


def _costs(rows: _Rows) -> dict[str, Any]:
    alone = [row for row in rows["standalone"] if row["seconds"] is not None]
    keys = ("parameters", "steps", "training_seconds", "scoring_seconds", "wall_seconds", "cpu_seconds", "skipped")
    told = [{key: row[key] for key in ("mode", "seed", "epochs", *keys)} for row in rows["supernets"]]
    return {
        "trainings": len(alone),
        "training_seconds": sum(row["seconds"] for row in alone),
        "training_cpu_seconds": sum(row["cpu_seconds"] for row in alone),
        "supernets": told,
    }


def _architectures(scores: Scores, protocol: Protocol, ground: Ground) -> list[dict[str, Any]]:
    """Return every architecture with all its scores: the numbers behind the figures."""
    genes, best, last, alone = protocol.recipe().genes, scores.best, scores.last, scores.alone
    return [
        {
            "published_form": genes.to_published(ground.architectures[number]),
            "parameters": int(scores.parameters[place]),
            "alone": float(alone[place]),
            "best_epoch": best[:, place].tolist(),
            "last_epoch": last[:, place].tolist(),
            "likelihood": scores.likelihood[:, place].tolist(),
            "fitness": _at(place, scores.fitness),
            "fitness_likelihood": _at(place, scores.fitness_likelihood),
        }
        for place, number in enumerate(scores.numbers)
    ]


def _at(place: int, of_supernets: Mapping[Ranker, Floats]) -> dict[str, list[float]]:
    return {f"{mode}/{epochs}": net[:, place].tolist() for (mode, epochs), net in of_supernets.items()}


def _table(result: Mapping[str, Any]) -> str:
    alone, rankers = result["alone"], result["rankers"]
    unfinished = "" if result["complete"] else "; not all rows are measured yet"
    lines = [_HEADER, ("---", *["---:"] * (len(_HEADER) - 1)), *(_ranker(ranker, result) for ranker in rankers)]
    lines += [_control(control) for control in result["controls"]]
    said = [
        f"{'by loss, ' if ceiling['by_loss'] else ''}{ceiling['name']} τ {_interval(ceiling, 'tau')}"
        for ceiling in result["ceilings"]
    ]
    differences = [
        f"{one['first']} {MINUS} {one['second']} ({one['epochs']} epochs) {_interval(one, 'difference', '')}, "
        f"by loss {_interval(one, 'difference_by_loss')}"
        for one in result["differences"]
        if one["difference"] is not None
    ]
    body = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return (
        f"**{result['task']}** ({alone['architectures']} architectures, {alone['seeds']} stand-alone seed(s)"
        f"{unfinished}; "
        f"alone {_points(alone['mean'])} on average, {_points(alone['best'])} at best, deviation "
        f"{_points(alone['deviation_between_architectures'])} between architectures, "
        f"{_points(alone['deviation_between_seeds'])} between seeds)\n\n{body}\n\n"
        f"Ceilings: {'; '.join(said)}.\n\nDifferences of τ: {'; '.join(differences) or DASH}.\n"
    )


def _ranker(ranker: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[str, ...]:
    own = [row for row in result["costs"]["supernets"] if all(row[key] == ranker[key] for key in ("mode", "epochs"))]
    seconds = float(np.mean([row["cpu_seconds"] for row in own]))
    begin = (ranker["mode"], str(ranker["epochs"]), str(len(ranker["seeds"])), count(own[0]["parameters"]))
    return (*begin, *_cells(ranker), duration(seconds))


def _control(control: Mapping[str, Any]) -> tuple[str, ...]:
    return (control["name"], DASH, DASH, DASH, *_cells(control), DASH)


def _cells(ranker: Mapping[str, Any]) -> tuple[str, ...]:
    cells = []
    for name, _ in _MEASURES:
        cells += [_signed(ranker[name]), _limits(ranker, f"{name}_")]
    return (*cells, _points(ranker["regret_top1"]), _points(ranker["regret_top5"]))


def _interval(figures: Mapping[str, Any], name: str, prefix: str | None = None) -> str:
    return f"{_signed(figures[name])} {_limits(figures, f'{name}_' if prefix is None else prefix)}"


def _limits(figures: Mapping[str, Any], prefix: str) -> str:
    if f"{prefix}low" not in figures:
        return DASH
    return f"[{_signed(figures[f'{prefix}low'])}, {_signed(figures[f'{prefix}high'])}]"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS)


def _points(share: float | None) -> str:
    return DASH if share is None else f"{100 * share:.2f}"
