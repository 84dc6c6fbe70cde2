"""Text that is safe inside HTML and SVG, and the style sheets that travel with them."""

import html
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF), "\ufffd")
"""Control characters that neither HTML nor XML may hold."""


def escape(value: object) -> str:
    """Return ``value`` as text for element content or a quoted attribute; what UTF-8 cannot hold is replaced."""
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return html.escape(text.translate(_FORBIDDEN), quote=True)


def shorten(text: str, length: int) -> str:
    """Return ``text``, cut to ``length`` characters with an ellipsis where it is longer."""
    return text if len(text) <= length else text[: length - 1] + "…"


def table_row(head: str, cells: Iterable[str]) -> str:
    """Return a row of a table from markup: its heading and its cells."""
    return f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def plain_table(kind: str, columns: Iterable[str], rows: Iterable[str]) -> str:
    """Return a table of ``rows`` (``table_row``) below the names of its columns; ``kind`` is for the style sheet."""
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


@cache
def style_sheet(name: str) -> str:
    """Return the CSS of ``style/<name>.css``."""
    return (files("nni_autoattend.report") / "style" / f"{name}.css").read_text(encoding="utf-8")
