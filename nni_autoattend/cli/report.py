"""``report``: write the report of a run anew."""

import typer

from nni_autoattend.cli.options import JsonOption, RunArgument
from nni_autoattend.cli.output import print_json, results_only


def report(run: RunArgument, json_: JsonOption = False) -> None:
    """Write report.html of a run anew from its files and print where it is.

    \b
    Examples:
      nni-autoattend report NAME
      nni-autoattend report runs/NAME --json
    """
    from nni_autoattend.experiment.door import open_run

    opened = open_run(run)
    with results_only():
        path = opened.report()
    if json_:
        print_json({"run": opened.folder, "report": path})
    else:
        typer.echo(path)
