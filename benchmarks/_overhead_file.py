"""The result file of the trial overhead benchmark, rewritten after every round, and the table made from it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json

MOMENTS = ("begins", "done")
Round = Mapping[str, tuple[float, float]]
"""Way -> seconds until the first step begins, and until it is done."""


def save(path: Path, rounds: Sequence[Round], planned: int, settings: Mapping[str, Any], command: str) -> None:
    """Write the rounds so far; the first way is what the others are compared with."""
    first, *_ = ways = list(rounds[0])
    write_json(
        path,
        {
            "command": command,
            "updated": datetime.now().astimezone().isoformat(timespec="seconds"),
            "complete": len(rounds) == planned,
            "versions": versions(),
            "machine": {**machine(), "load": round(os.getloadavg()[0], 1)},
            "settings": dict(settings),
            "ways": {way: _figures(way, first, rounds) for way in ways},
        },
    )


def _figures(way: str, first: str, rounds: Sequence[Round]) -> dict[str, Any]:
    seconds = {moment: [done[way][index] for done in rounds] for index, moment in enumerate(MOMENTS)}
    ratios = [done[first][1] / done[way][1] for done in rounds]
    return {
        **{moment: [round(value, 3) for value in values] for moment, values in seconds.items()},
        "median": {moment: round(median(values), 3) for moment, values in seconds.items()},
        "times_faster": round(median(ratios), 2),
    }


def table(path: Path) -> str:
    """Return the Markdown of a result file."""
    result = json.loads(path.read_text(encoding="utf-8"))
    settings, unfinished = result["settings"], "" if result["complete"] else "; not all rounds are measured yet"
    head = (
        f"**{settings['task']}**, {settings['space']}, {settings['threads']} thread(s), {settings['rounds']} round(s); "
        f"{result['machine']['cores']} cores, load {result['machine']['load']} at the end{unfinished}"
    )
    lines = [
        "| Trial | First step begins, s | done, s | range of done, s | times faster |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(_line(way, figures) for way, figures in result["ways"].items()),
    ]
    return "\n".join([head, "", *lines, ""])


def _line(way: str, figures: Mapping[str, Any]) -> str:
    begins, done = (figures["median"][moment] for moment in MOMENTS)
    low, high = min(figures["done"]), max(figures["done"])
    return f"| {way} | {begins:.2f} | {done:.2f} | {low:.2f} to {high:.2f} | {figures['times_faster']:.1f} |"
