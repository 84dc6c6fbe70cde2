"""``nnictl-config``: the files of an NNI experiment, to be read and edited."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nni_autoattend.cli.options import (
    DEFAULT_STRATEGY,
    BudgetOption,
    DataOption,
    DataRootOption,
    EdgesOption,
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
from nni_autoattend.cli.output import tell
from nni_autoattend.errors import DataError

if TYPE_CHECKING:
    from nni_autoattend.modality import AnyDataSettings


def nnictl_config(
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
    metric: MetricOption = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Most trials. [default: as the strategy's recipe says, or 20]")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Trials at a time.")] = 1,
    budget: BudgetOption = None,
    seed: SeedOption = 0,
    threads: ThreadsOption = None,
    remote: Annotated[
        list[str] | None, typer.Option(metavar="USER@HOST[:PORT]", help="Run trials there, over SSH. May be repeated.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="SSH key for --remote. [default: ~/.ssh/id_rsa]")] = (
        None
    ),
    remote_python: Annotated[
        str | None, typer.Option(metavar="PATH", help="Interpreter on those machines. [default: as on this one]")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The experiment file; autoattend.yml lies beside it.")
    ] = Path("experiment.yml"),
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    set_: SetOption = None,
) -> None:
    """Write experiment.yml for nnictl create: the strategy is one word in it, NNI's own tuners take the same space.

    \b
    Examples:
      nni-autoattend nnictl-config --task trec --data-root data --strategy enas
      nni-autoattend nnictl-config --train reviews.csv --text-column review --trials 50 -o reviews/experiment.yml
      nni-autoattend nnictl-config --nodes people.csv --edges friends.csv --label-column team
      nni-autoattend nnictl-config --remote me@gpu.example:22 --key ~/.ssh/id_ed25519 -o far/experiment.yml
    """
    from nni_autoattend.experiment.run_settings import resolve_settings
    from nni_autoattend.nnictl.experiment_file import Chosen, write_experiment
    from nni_autoattend.nnictl.remote import parse_remote

    given = {
        "task": task, "root": data_root, "train": train, "valid": valid, "test": test, "text_column": text_column,
        "label_column": label_column, "metric": metric, "nodes": nodes, "edges": edges, "data": data,
    }  # fmt: skip
    overrides = parse_overrides(set_)
    block = data_block(given, overrides, space)
    settings = resolve_settings(space, strategy, block, None, budget, seed, threads, overrides)
    if not remote:
        check_places(settings.data)
    kept = {name: value for name, value in overrides.items() if name.startswith(("space.", "strategy."))}
    remotes = tuple(parse_remote(machine, key, remote_python) for machine in remote or ())
    chosen = Chosen(space or settings.space.name, strategy, settings, kept, budget, trials, concurrency, remotes)
    written = write_experiment(output, chosen, force=force)
    tell_next(written)


def check_places(data: "AnyDataSettings") -> None:
    """Check that the data are where they are said to be; other machines may hold them elsewhere.

    Raises:
        DataError: there is no such file or folder.
    """
    for name in data.PATHS:
        place = getattr(data, name)
        if place is not None and not place.exists():
            raise DataError(f"data.{name}: there is no file or folder {place}")


def tell_next(written: list[Path]) -> None:
    """Say what was written and how to go on."""
    from shlex import quote

    for path in written:
        typer.echo(path)
    tell("next: nni-autoattend register        (once)")
    tell(f"      nni-autoattend nnictl create --config {quote(str(written[0]))}")
