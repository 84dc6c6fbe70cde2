"""The runs that are there."""

from dataclasses import dataclass
from pathlib import Path

from nni_autoattend.errors import AutoAttendError
from nni_autoattend.experiment.nni_experiments import experiment_runs
from nni_autoattend.experiment.results import read_results
from nni_autoattend.experiment.run_folder import RunFolder, runs_root


@dataclass(frozen=True)
class RunSummary:
    """One line of ``list runs``.

    Attributes:
        name: folder below the root, or the id of an NNI experiment; a retraining's is ``<run>/retrain-NNN``.
        path: of the folder.
        state: ``finished``, ``running``, ``unfinished`` or ``damaged``.
        space, strategy, data: names.
        created: when it was started, ISO 8601.
        metric: name of the score.
        test: mean test score of the found network, ``None`` before it is known.
    """

    name: str
    path: Path
    state: str
    space: str = ""
    strategy: str = ""
    data: str = ""
    created: str = ""
    metric: str = ""
    test: float | None = None


def list_runs(root: str | Path | None = None) -> list[RunSummary]:
    """Return the runs under ``root``, the oldest first.

    By default those under ``AUTOATTEND_HOME`` (or ``runs`` here), and those of NNI experiments with our tuner or our
    trials. A folder that cannot be read is listed as ``damaged``; the others are not affected.
    """
    base = runs_root() if root is None else Path(root)
    found = [(path.parent.relative_to(base).as_posix(), path.parent) for path in base.glob("*/run.yaml")]
    if root is None:
        found += experiment_runs()
    again = [(f"{name}/{path.name}", path) for name, run in found for path in run.glob("retrain-*") if _is_run(path)]
    return sorted((_summary(name, path) for name, path in [*found, *again]), key=lambda run: (run.created, run.name))


def _is_run(path: Path) -> bool:
    return RunFolder(path).described


def _summary(name: str, path: Path) -> RunSummary:
    folder = RunFolder(path)
    try:
        settings, created = folder.settings(), str(folder.description().get("created", ""))
        results = read_results(folder) if folder.results.exists() else None
        return RunSummary(
            name,
            path,
            folder.state,
            settings.space.name,
            settings.strategy.name,
            settings.data.name,
            created,
            settings.data.metric,
            results.rows[0].test_mean if results and results.rows else None,
        )
    except AutoAttendError:
        return RunSummary(name, path, "damaged")
