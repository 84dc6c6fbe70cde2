"""``search``: from labelled texts to a trained model, its picture and what it beats."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nni_autoattend.cli.forecast import print_forecast
from nni_autoattend.cli.options import (
    DEFAULT_STRATEGY,
    BudgetOption,
    DataOption,
    DataRootOption,
    EdgesOption,
    JsonOption,
    LabelColumnOption,
    MetricOption,
    NodesOption,
    SeedOption,
    SetOption,
    SpaceOption,
    StrategyOption,
    TaskOption,
    TestOption,
    TextColumnOption,
    ThreadsOption,
    TrainOption,
    ValidOption,
    data_block,
    parse_overrides,
)
from nni_autoattend.cli.output import results_only, tell
from nni_autoattend.errors import RecipeError

if TYPE_CHECKING:
    from nni_autoattend.experiment.run import Run
    from nni_autoattend.progress import Observer

_NO_CHOICES = ("run_dir", "resume", "budget", "json_", "dry_run")
"""Options that a run is continued with as it was begun; any other one is compared with its settings."""


def search(
    context: typer.Context,
    space: SpaceOption = None,
    strategy: StrategyOption = DEFAULT_STRATEGY,
    task: TaskOption = None,
    data_root: DataRootOption = None,
    train: TrainOption = None,
    valid: ValidOption = None,
    test: TestOption = None,
    nodes: NodesOption = None,
    edges: EdgesOption = None,
    data: DataOption = None,
    text_column: TextColumnOption = None,
    label_column: LabelColumnOption = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="basic_english, char, whitespace or module:function. [default: basic_english]")
    ] = None,
    metric: MetricOption = None,
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="GloVe or word2vec text file. [default: learned embeddings]")
    ] = None,
    phrases: Annotated[
        bool | None, typer.Option("--phrases/--no-phrases", help="Train and validate on sub-phrases (SST).")
    ] = None,
    budget: BudgetOption = None,
    seed: SeedOption = 0,
    threads: ThreadsOption = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Folder of this run. [default: the next free one under ./runs]")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue: with --run-dir alone, as that run was begun.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only forecast time and memory, from a few real steps; write nothing.")
    ] = False,
    set_: SetOption = None,
    json_: JsonOption = False,
) -> None:
    """Search an architecture, train it from scratch, compare it with baselines, write the report.

    \b
    Examples:
      nni-autoattend search
      nni-autoattend search --task trec --data-root data --budget 30m
      nni-autoattend search --train reviews.csv --text-column review --label-column stars --metric macro-f1
      nni-autoattend search --task cora --data-root data        # a graph
      nni-autoattend search --nodes people.csv --edges friends.csv --label-column team
      nni-autoattend search --space autoattend-text --strategy random --set retrain.seeds=5 --run-dir runs/mine
      nni-autoattend search --task trec --budget 30m --dry-run  # how long, how much memory, what would be cut
      nni-autoattend search --run-dir runs/mine --resume        # with the settings of the first time
    """
    from nni_autoattend.experiment import door
    from nni_autoattend.experiment.forecast_door import forecast
    from nni_autoattend.experiment.run_settings import resolve_settings

    if resume and dry_run:
        raise RecipeError("--dry-run forecasts a run that begins: leave --resume out")
    if resume and run_dir is not None and not choices(context):
        finish(lambda observer: door.resume(run_dir, budget, observer), as_json=json_)
        return
    given = {
        "task": task, "root": data_root, "train": train, "valid": valid, "test": test, "text_column": text_column,
        "label_column": label_column, "tokenizer": tokenizer, "metric": metric, "vectors": vectors, "phrases": phrases,
        "nodes": nodes, "edges": edges, "data": data,
    }  # fmt: skip
    overrides = parse_overrides(set_)
    block = data_block(given, overrides, space)
    chosen = (space, strategy, block, None, budget, seed, threads)
    resolve_settings(*chosen, overrides)  # every bad word, before anything is drawn
    if dry_run:
        print_forecast(lambda observer: forecast(*chosen, overrides, observer), as_json=json_)
        return
    finish(lambda observer: door.search(*chosen, run_dir, resume, overrides, observer), as_json=json_)


def choices(context: typer.Context) -> list[str]:
    """Return the options that were written on the command line and choose something about the run."""
    sources = {name: context.get_parameter_source(name) for name in context.params if name not in _NO_CHOICES}
    return [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]


def finish(work: "Callable[[Observer], Run]", *, as_json: bool) -> None:
    """Do the work under the progress display and print what came out of it."""
    from nni_autoattend.cli.outcome import print_outcome
    from nni_autoattend.cli.progress import observing

    try:
        with results_only(), observing() as observer:
            run = work(observer)
    except KeyboardInterrupt:
        tell("interrupted; continue with the same command and --resume")
        raise
    print_outcome(run, as_json=as_json)
