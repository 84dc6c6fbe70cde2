"""A person's own labelled texts: one file, or one for each split."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nni_autoattend.datasets.examples import Examples, Splits
from nni_autoattend.datasets.splits import split_off
from nni_autoattend.datasets.tables import read_table, read_utf8
from nni_autoattend.errors import DataError, did_you_mean
from nni_autoattend.settings import DataSettings


def own_files(settings: DataSettings) -> Splits:
    """Return the splits of the files that ``settings`` names; absent ones are split off ``train``, stratified.

    Raises:
        DataError: a file cannot be used; the message names the file and the row.
    """
    if settings.train is None:
        raise ValueError("no training file is named")
    notes: list[str] = []
    train = read_examples(settings.train, settings.text_column, settings.label_column)
    given = {
        name: read_examples(path, settings.text_column, settings.label_column)
        for name, path in (("valid", settings.valid), ("test", settings.test))
        if path is not None
    }
    rest = 1.0  # shares are shares of the whole file
    for name, share in (("test", settings.test_share), ("valid", settings.validation_share)):
        if name not in given:
            train, given[name] = split_off(train, share / rest, settings.split_seed)
            rest -= share
            notes.append(f"{name}: {share:.0%} of {settings.train.name}, stratified, seed {settings.split_seed}")
    return Splits(settings.train.stem, train, given["valid"], given["test"], tuple(notes))


def read_examples(path: Path, text_column: str, label_column: str) -> Examples:
    """Return the labelled texts of a CSV, TSV, JSONL or Parquet file.

    Labels become strings, whole numbers without a decimal point.

    Raises:
        DataError: see ``read_table``; also a missing column, and missing or non-text cells.
    """
    if text_column == label_column:
        raise DataError(f"text and label cannot both be the column {text_column!r}")
    frame = read_table(path)
    texts, labels = _column(frame, path, text_column), _column(frame, path, label_column)
    _refuse(path, text_column, texts, _is_text, "missing or not a text")
    _refuse(path, label_column, labels, _is_label, "missing or not a label")
    return Examples(tuple(texts), tuple(_label(label) for label in labels))


def read_texts(path: Path, text_column: str = "text") -> list[str]:
    """Return the texts of a file for prediction: a column of a table, or each line of a ``.txt`` file.

    Raises:
        DataError: the file cannot be used; the message names the row.
    """
    if path.suffix.lower() == ".txt":
        return read_utf8(path).replace("\r\n", "\n").removesuffix("\n").split("\n")
    texts = _column(read_table(path), path, text_column)
    _refuse(path, text_column, texts, _is_text, "missing or not a text")
    return texts


def _column(frame: pd.DataFrame, path: Path, name: str) -> list[Any]:
    columns = [str(column) for column in frame.columns]
    if name not in columns:
        raise DataError(f"{path} has no column {name!r}{did_you_mean(name, columns)}; it has: {', '.join(columns)}")
    return list(frame.iloc[:, columns.index(name)].tolist())


def _refuse(path: Path, column: str, cells: Sequence[Any], good: Callable[[Any], bool], what: str) -> None:
    """Raise if a cell is not good; row 1 is the first one below a header."""
    bad = [row for row, cell in enumerate(cells, 1) if not good(cell)]
    if bad:
        found = "an empty cell" if cells[bad[0] - 1] in ("", None) else repr(cells[bad[0] - 1])[:60]
        cells_are = "1 cell is" if len(bad) == 1 else f"{len(bad)} cells are"
        raise DataError(
            f"{path}: in column {column!r} {cells_are} {what}, first in row {bad[0]} (found {found}); fill or drop them"
        )


def _is_text(cell: Any) -> bool:
    return isinstance(cell, str) and bool(cell.strip())


def _is_label(cell: Any) -> bool:
    return _is_text(cell) or isinstance(cell, int) or (isinstance(cell, float) and math.isfinite(cell))


def _label(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
