"""Options that several commands share, and how their values become the settings of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from nni_autoattend.errors import RecipeError

JsonOption = Annotated[bool, typer.Option("--json", help="Write the result as JSON to standard output.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run folder, or the name of a run (`list runs`).")]
BudgetOption = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Wall-clock limit, such as 90s, 30m, 1h30m; ends cleanly at the best so far."),
]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="Threads of torch. [default: torch's choice]")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change one value: space.*, strategy.*, data.* or retrain.*; VALUE is YAML. May be repeated.",
    ),
]


SpaceOption = Annotated[
    str | None,
    typer.Option(help="Search space: a name (`list spaces`) or a YAML file. [default: the usual one for the data]"),
]
StrategyOption = Annotated[str, typer.Option(help="Strategy: a name (`list strategies`) or a YAML file.")]
TaskOption = Annotated[
    str | None, typer.Option(help="A task by name (`list tasks`). [default: one that needs no files]")
]
DataRootOption = Annotated[
    Path | None, typer.Option(help="Folder that holds the task's files. [default: download them]")
]
TrainOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Own training texts: CSV, TSV, JSONL or Parquet.")
]
ValidOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Own validation texts. [default: split off --train]")
]
TestOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Own test texts. [default: split off --train]")]
NodesOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Own graph: a table of nodes (columns id, label, and numbers).")
]
EdgesOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Own graph: a table of edges (columns source and target: ids).")
]
DataOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Own graph: a Data object of torch-geometric, saved.")
]
TextColumnOption = Annotated[str | None, typer.Option(help="Column of the texts. [default: text]")]
LabelColumnOption = Annotated[str | None, typer.Option(help="Column of the labels. [default: label]")]
MetricOption = Annotated[
    str | None,
    typer.Option(
        help="accuracy, macro-f1, balanced-accuracy; for nodes with several labels micro-f1. "
        "[default: accuracy, or micro-f1]"
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the search and the first retraining seed.")]
DEFAULT_STRATEGY = "autoattend-2core"
_SOURCES = {"task", "train", "nodes", "edges", "data"}


def parse_overrides(settings: list[str] | None) -> dict[str, Any]:
    """Return dotted key -> YAML value of every ``KEY=VALUE``.

    Raises:
        RecipeError: a setting has another form, or its value is not YAML.
    """
    overrides: dict[str, Any] = {}
    for setting in settings or ():
        key, sign, text = setting.partition("=")
        if not (key.strip() and sign):
            raise RecipeError(f"--set {setting}: write it as KEY=VALUE, for example --set retrain.seeds=5")
        try:
            overrides[key.strip()] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise RecipeError(f"--set {setting}: the value is not YAML: {' '.join(str(error).split())}") from error
    return overrides


def data_block(
    given: Mapping[str, str | Path | bool | None], overrides: Mapping[str, Any], space: str | None = None
) -> dict[str, Any]:
    """Return the ``data:`` block: what was given, and a task that needs no files when nothing names any data.

    Args:
        given: options and their values; ``None`` where one was not used.
        overrides: dotted keys of ``--set``.
        space: name of the space that was asked for.
    """
    from nni_autoattend.experiment.kind_of_data import default_task

    block: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if _SOURCES & block.keys() or {f"data.{key}" for key in _SOURCES} & overrides.keys():
        return block
    return {"task": default_task(space), **block}
