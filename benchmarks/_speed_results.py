"""The result file of the speed benchmark, rewritten after every row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks._bucketing_output import circumstances
from benchmarks._ranking_protocol import commit, now
from benchmarks._speed_ground import SPACE, STRATEGY, Setting
from benchmarks._speed_texts import EMBEDDING_WIDTH
from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.run_folder import differences
from nni_autoattend.experiment.stored import read_json
from nni_autoattend.experiment.versions import machine, versions
from nni_autoattend.files import write_json


class Results:
    """The rows of a result file.

    Args:
        path: the file; its rows are kept where it exists.
        setting: what is measured.
        command: the shell command of this run.
        names: of all rows, in their order.

    Raises:
        RunFolderError: the file is damaged, or of another setting, another machine or another torch.
    """

    def __init__(self, path: Path, setting: Setting, command: str, names: Sequence[str]) -> None:
        self.path, self.command, self.names = path, command, names
        self.threads = setting.threads
        self.settings = _settings(setting)
        self.rows: dict[str, dict[str, Any]] = {}
        if path.exists():
            self._continue(read_json(path))

    def add(self, name: str, row: dict[str, Any], source: str) -> None:
        """Note a row measured on texts of ``source``, and write the file."""
        self.rows[name] = {"measured": now(), "commit": commit(), "texts": source, **row}
        write_json(
            self.path,
            {
                **circumstances(self.command, self.threads),
                "complete": set(self.names) <= set(self.rows),
                "settings": self.settings,
                "rows": {known: self.rows[known] for known in self.names if known in self.rows},
            },
        )

    def _continue(self, found: dict[str, Any]) -> None:
        changed = differences(found["settings"], self.settings)
        if changed:
            told = "; ".join(f"{key} is {old!r} there and {new!r} now" for key, (old, new) in changed.items())
            raise RunFolderError(f"{self.path} is of other settings: {told}; move it away or name another --results")
        self.rows = found["rows"]


def told(name: str, row: dict[str, Any]) -> Iterator[str]:
    """Yield lines for the person who watches."""
    for variant, own in row.get("timings", {}).items():
        yield f"{name}: {variant} {own['mean']:.3g} s/{row['unit']} (CPU {own['cpu_mean']:.3g})"
    for variant, own in row.get("processes", {}).items():
        yield f"{name}: {variant} {own['peak_bytes'] / 1024**3:.2f} GiB"
    for pair, ratio in row["ratios"].items():
        yield f"{name}: {pair} = {ratio['of_means']:.2f}"


def _settings(setting: Setting) -> dict[str, Any]:
    own = asdict(setting)
    real = own.pop("root") is not None
    del own["cache"]
    fixed = {
        "texts": "sst5" if real else "generated",
        "space_recipe": SPACE,
        "strategy_recipe": STRATEGY,
        "embedding": f"{EMBEDDING_WIDTH} random channels, frozen",
        "torch": versions()["torch"],
        "machine": machine(),
    }
    plain: dict[str, Any] = json.loads(json.dumps({**fixed, **own}))
    return plain
