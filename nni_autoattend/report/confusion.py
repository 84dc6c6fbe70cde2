"""The confusion matrix as a table whose cells are shaded by their share of the true label."""

from collections.abc import Sequence

from nni_autoattend.report.cells import DASH
from nni_autoattend.report.markup import escape

MANY = 12
"""With more labels than this the table scrolls in both directions."""
_ABREAST = 44
"""Characters of column heads that fit beside each other; longer ones are written upwards."""
_LONGEST = 14
"""Characters of a label that are shown beside others."""


def confusion_table(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> str:
    """Return an HTML table: rows are true labels, columns predicted ones; empty without counts.

    Raises:
        ValueError: the counts do not form a square with one row per label.
    """
    if not confusion:
        return ""
    if len(confusion) != len(labels) or any(len(row) != len(labels) for row in confusion):
        raise ValueError(f"a confusion matrix of {len(labels)} labels is square; found {len(confusion)} rows")
    names = "".join(f'<th scope="col" title="{escape(name)}"><span>{escape(name)}</span></th>' for name in labels)
    body = "".join(_row(position, row, labels) for position, row in enumerate(confusion))
    upright = len(labels) > MANY or sum(min(len(name), _LONGEST) for name in labels) > _ABREAST
    kinds = "confusion" + " upright" * upright + " many" * (len(labels) > MANY)
    return (
        f'<table class="{kinds}"><thead><tr>'
        f'<th scope="col" class="corner">true ↓ predicted →</th>{names}'
        f'<th scope="col">recall</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _row(position: int, counts: Sequence[int], labels: Sequence[str]) -> str:
    total = sum(counts)
    parts = [f'<th scope="row" title="{escape(labels[position])}">{escape(labels[position])}</th>']
    for column, number in enumerate(counts):
        share = number / total if total else 0.0
        kind = ("right" if column == position else "wrong") + (" strong" if share > 0.75 else "")
        parts.append(f'<td class="{kind}" style="--share:{share:.3f}">{number:,}</td>')
    recall = f"{100 * counts[position] / total:.1f} %" if total else DASH
    return f'<tr>{"".join(parts)}<td class="recall">{recall}</td></tr>'
