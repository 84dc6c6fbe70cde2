"""The command line ``nni-autoattend``: one command per module, errors in one line, exit code 2."""

import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer

from nni_autoattend.cli.doctor import doctor
from nni_autoattend.cli.listing import list_names
from nni_autoattend.cli.nnictl import PASSED_ON, nnictl
from nni_autoattend.cli.nnictl_config import nnictl_config
from nni_autoattend.cli.predict import predict
from nni_autoattend.cli.register import register
from nni_autoattend.cli.report import report
from nni_autoattend.cli.retrain import retrain
from nni_autoattend.cli.search import search
from nni_autoattend.cli.show import show
from nni_autoattend.errors import AutoAttendError

PROGRAM = "nni-autoattend"
COMMANDS: dict[str, Callable[..., Any]] = {
    "search": search,
    "retrain": retrain,
    "predict": predict,
    "report": report,
    "list": list_names,
    "show": show,
    "nnictl-config": nnictl_config,
    "register": register,
    "nnictl": nnictl,
    "doctor": doctor,
}


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    _keep_quiet_about_packages()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 the doctor found something, 2 bad input, 130 interrupted."""
    try:
        build_app()(args=list(arguments), prog_name=PROGRAM)
    except AutoAttendError as error:
        typer.echo(f"{PROGRAM}: {' '.join(str(error).split())}", err=True)
        return error.exit_code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _keep_quiet_about_packages() -> None:
    """Show no warnings of packages about each other, unless the person asked for warnings (``python -W``)."""
    if sys.warnoptions:
        return
    warnings.filterwarnings("ignore", module=r"nni\.")  # it warns of classes that are newer than itself
    show = warnings.showwarning

    def show_others(message: Any, category: type[Warning], *args: Any, **kwargs: Any) -> None:
        if not issubclass(category, DeprecationWarning):
            show(message, category, *args, **kwargs)

    warnings.showwarning = show_others  # a filter would not do: gymnasium puts its own before it


def build_app() -> typer.Typer:
    """Return the app with all commands."""
    app = typer.Typer(
        name=PROGRAM,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]},
    )
    app.callback()(_described)
    for name, command in COMMANDS.items():
        app.command(name, context_settings=PASSED_ON if command is nnictl else None)(command)
    return app


def _tell_version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        except PackageNotFoundError:
            typer.echo(f"{PROGRAM} (a checkout that is not installed)")
        raise typer.Exit


def _described(
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Search the best attention architecture for your own texts or graph, with Microsoft NNI.

    \b
    Examples:
      nni-autoattend search                        # the embedded task, some minutes
      nni-autoattend search --train mine.csv --text-column text --label-column label --budget 30m
      nni-autoattend search --nodes people.csv --edges friends.csv --label-column team
      nni-autoattend list spaces
      nni-autoattend predict runs/NAME new.csv
      nni-autoattend doctor                        # is this installation sound?
    """
    if "" not in sys.path and "." not in sys.path:
        sys.path.append("")  # classes of one's own (`module:Name`) may lie in the working folder, but shadow nothing
