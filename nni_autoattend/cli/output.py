"""What commands print: results on standard output, everything else on standard error."""

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from nni_autoattend.schema import to_plain


def print_json(value: Any) -> None:
    """Write a result as JSON to standard output."""
    typer.echo(json.dumps(to_plain(value), indent=2, ensure_ascii=False))


def tell(text: str) -> None:
    """Write one line for the person to standard error."""
    typer.echo(text, err=True)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return ``rows`` as aligned text columns; the last column is as long as it is."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


@contextlib.contextmanager
def results_only() -> Iterator[None]:
    """Keep standard output for the result: what libraries print meanwhile (NNI logs there) goes to standard error."""
    with contextlib.redirect_stdout(sys.stderr):
        yield
