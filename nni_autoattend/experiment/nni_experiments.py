"""Runs of experiments that ``nnictl`` started: found by id, by folder, or all of them. Imports nothing of nni."""

import json
from collections.abc import Iterator
from pathlib import Path

RUN = "run"
"""Name of our run folder in NNI's folder of an experiment."""
_DESCRIPTION = "run.yaml"


def nni_home() -> Path:
    """Return the folder where NNI notes its experiments, and keeps those that were given no other."""
    return Path.home() / "nni-experiments"


def experiment_runs() -> Iterator[tuple[str, Path]]:
    """Yield id and run folder of every experiment of this user with our tuner or our trials, by id."""
    folders = {**_noted(), **{path.parent.name: path.parent for path in nni_home().glob(f"*/{RUN}")}}
    for name, folder in sorted(folders.items()):
        if (folder / RUN / _DESCRIPTION).is_file() and not folder.is_symlink():
            yield name, folder / RUN


def find_experiment_run(name: str | Path) -> Path | None:
    """Return the run folder of an experiment, by its folder or its id; ``None``: there is none."""
    inside = Path(name) / RUN
    if (inside / _DESCRIPTION).is_file():
        return inside
    return dict(experiment_runs()).get(str(name))


def run_of_trial(output: Path) -> Path | None:
    """Return where the run folder of a trial's experiment is, if on this disk; ``output``: the trial's own folder.

    NNI's is ``<experiment>/environments/<name>/trials/<job>``.
    """
    parents = output.absolute().parents
    return parents[3] / RUN if len(parents) > 3 else None


def experiment_of(run: Path) -> str | None:
    """Return the id of the experiment that a run folder belongs to; ``None``: it is a run of its own."""
    folder = run.absolute().parent
    return folder.name if run.name == RUN and (folder / "db").is_dir() else None


def _noted() -> dict[str, Path]:
    """Return id -> folder of the experiments in NNI's own list; a list that cannot be read is no list."""
    try:
        noted = json.loads((nni_home() / ".experiment").read_text(encoding="utf-8"))
        return {name: Path(entry["logDir"]) / name for name, entry in noted.items() if entry.get("logDir")}
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return {}
