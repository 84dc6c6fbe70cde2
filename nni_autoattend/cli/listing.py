"""``list``: the names that can be chosen, and the runs that are there."""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

import typer

from nni_autoattend.cli.options import JsonOption
from nni_autoattend.cli.output import columns, print_json


class Listed(str, Enum):
    """What can be listed."""

    SPACES = "spaces"
    STRATEGIES = "strategies"
    TASKS = "tasks"
    BASELINES = "baselines"
    RUNS = "runs"


def list_names(
    what: Annotated[Listed, typer.Argument(help="What to list.")],
    json_: JsonOption = False,
) -> None:
    """List what can be chosen by name: spaces, strategies, tasks, baselines; or the runs that are there.

    \b
    Examples:
      nni-autoattend list spaces
      nni-autoattend list runs --json
    """
    rows = LISTS[what]()
    if json_:
        print_json(rows)
    elif rows:
        typer.echo(columns([[cell(value) for value in row.values()] for row in rows]))
    else:
        typer.echo("no runs yet; `nni-autoattend search` makes one", err=True)


def cell(value: object) -> str:
    """Return a value as the text of a table."""
    if isinstance(value, float):
        return f"{value:.4f}"
    return "" if value is None else str(value)


def spaces() -> list[dict[str, Any]]:
    """Return name and description of every space; a recipe that cannot be read says so."""
    from nni_autoattend.recipes import load_space, names

    return [described(name, load_space) for name in names("search_spaces")]


def strategies() -> list[dict[str, Any]]:
    """Return name and description of every strategy; a recipe that cannot be read says so."""
    from nni_autoattend.recipes import load_strategy, names

    return [described(name, load_strategy) for name in names("strategies")]


def described(name: str, load: Callable[[str], Any]) -> dict[str, Any]:
    """Return name and description of a recipe."""
    return {"name": name, "description": load(name).description}


def tasks() -> list[dict[str, Any]]:
    """Return name, kind of data and description of every task."""
    from nni_autoattend.datasets.graph_tasks import GRAPH_TASKS
    from nni_autoattend.datasets.tasks import TASKS

    kinds = {"text": TASKS, "graph": GRAPH_TASKS}
    return [
        {"name": name, "data": kind, "description": task.description}
        for kind, tasks in kinds.items()
        for name, task in sorted(tasks.items())  # type: ignore[attr-defined]
    ]


def baselines() -> list[dict[str, Any]]:
    """Return the names of what a found network can be compared with, and on which kind of data."""
    from nni_autoattend.experiment.compared import known_baselines
    from nni_autoattend.modality import MODALITIES

    return [{"name": name, "data": kind} for kind in MODALITIES for name in sorted(known_baselines(kind))]


def runs() -> list[dict[str, Any]]:
    """Return the runs under ``AUTOATTEND_HOME``, or ``runs`` here."""
    from nni_autoattend.experiment.listing import list_runs

    return [
        {
            "name": run.name,
            "state": run.state,
            "created": run.created,
            "metric": run.metric,
            "test": run.test,
            "path": str(run.path),
        }
        for run in list_runs()
    ]


LISTS: dict[Listed, Callable[[], list[dict[str, Any]]]] = {
    Listed.SPACES: spaces,
    Listed.STRATEGIES: strategies,
    Listed.TASKS: tasks,
    Listed.BASELINES: baselines,
    Listed.RUNS: runs,
}
