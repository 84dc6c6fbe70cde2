"""``doctor``: is this installation sound, and if not, what to do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from nni_autoattend.cli.options import JsonOption
from nni_autoattend.cli.output import columns, print_json, results_only

if TYPE_CHECKING:
    from nni_autoattend.cli.checks import Finding

SIGNS = {"ok": "ok", "note": "note", "wrong": "WRONG"}


def doctor(
    explain: Annotated[bool, typer.Option("--explain", help="Say of every version why it is needed so.")] = False,
    json_: JsonOption = False,
) -> None:
    """Look at versions, imports and the machine; say what is wrong and what to do. Exit code 1: something is wrong.

    \b
    Examples:
      nni-autoattend doctor
      nni-autoattend doctor --explain
      nni-autoattend doctor --json
    """
    from nni_autoattend.cli.checks import all_findings
    from nni_autoattend.experiment.run_folder import runs_root

    with results_only():
        findings = all_findings(runs_root())
    if json_:
        print_json(findings)
    else:
        typer.echo("\n".join(told(findings, explain=explain)))
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(1)


def told(findings: "Sequence[Finding]", *, explain: bool) -> list[str]:
    """Return the table, then a paragraph for everything that is wrong, and what it all comes to."""
    table = [("", "", "found", "needed")]
    table += [(SIGNS[finding.state], finding.name, finding.found, finding.needed) for finding in findings]
    lines = [columns(table)]
    if explain:
        lines += ["", *(f"{finding.name}: {finding.why}" for finding in findings if finding.why)]
    for finding in findings:
        if finding.state != "ok":
            lines += ["", f"{SIGNS[finding.state]}: {finding.name} is {finding.found}: {finding.why}"]
            lines += [f"  do: {finding.remedy}"] if finding.remedy else []
    wrong = sum(finding.state == "wrong" for finding in findings)
    return [*lines, "", f"{wrong} of {len(findings)} are wrong" if wrong else "nothing is wrong"]
