"""A person's own nodes: a table with an id, a label, numbers that describe a node, and perhaps a part."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nni_autoattend.datasets.graph_features import Features, compact
from nni_autoattend.errors import DataError, did_you_mean

PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class NodeTable:
    """The rows of a file of nodes; row 1 is the first one below a header.

    Attributes:
        path: of the file, for messages.
        frame: its cells.
    """

    path: Path
    frame: pd.DataFrame

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._positions)

    def lacks(self, name: str) -> str:
        """Return the message that there is no column of this name."""
        close = did_you_mean(name, self.columns)
        return f"{self.path} has no column {name!r}{close}; it has: {', '.join(self.columns)}"

    def cells(self, name: str) -> list[Any]:
        """Return a column.

        Raises:
            DataError: there is none of this name.
        """
        return list(self._column(name).tolist())

    def ids(self, name: str) -> tuple[str, ...]:
        """Return the ids of the nodes.

        Raises:
            DataError: an id is missing, or stands there twice.
        """
        ids = [word(cell) for cell in self.cells(name)]
        self._refuse(name, [not node for node in ids], "without an id", ids, "every node needs one")
        repeated = pd.Series(ids).duplicated().tolist()
        self._refuse(name, repeated, "the id of an earlier row", ids, "every node needs an id of its own")
        return tuple(ids)

    def parts(self, name: str) -> list[str]:
        """Return for each node ``train``, ``valid``, ``test`` or an empty string.

        Raises:
            DataError: another word.
        """
        words = [word(cell).lower() for cell in self.cells(name)]
        other = [part not in ("", *PARTS) for part in words]
        self._refuse(name, other, "not a part", words, f"known: {', '.join(PARTS)}, or an empty cell for no part")
        return words

    def number_columns(self, taken: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the columns other than ``taken`` in which a number stands, and those in which none does."""
        free = [name for name in self.columns if name not in taken]
        with_numbers = [name for name in free if not np.isnan(self._numbers(name)).all()]
        return with_numbers, [name for name in free if name not in with_numbers]

    def features(self, names: Sequence[str]) -> Features:
        """Return the (N, F) matrix of some columns.

        Raises:
            DataError: a column holds text, or a cell that is no finite number.
        """
        matrix = np.empty((len(self.frame), len(names)), np.float32)
        for position, name in enumerate(names):
            numbers = self._numbers(name)
            matrix[:, position] = numbers
            bad = ~np.isfinite(matrix[:, position])
            if np.isnan(numbers).all():
                raise DataError(
                    f"{self.path}: column {name!r} holds no numbers (row 1: {_shown(self.cells(name)[0])}); a network "
                    "needs numbers: encode it, or leave it out of feature_columns"
                )
            if bad.any():
                advice = "fill or drop them, or leave the column out"
                self._refuse(name, bad.tolist(), "not a finite number", self.cells(name), advice)
        return compact(matrix)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {str(column): position for position, column in enumerate(self.frame.columns)}

    def _column(self, name: str) -> "pd.Series[Any]":
        if name not in self._positions:
            raise DataError(self.lacks(name))
        return self.frame.iloc[:, self._positions[name]]

    def _numbers(self, name: str) -> NDArray[np.float32]:
        """Return a column as (N,) float32, read once; NaN where no number stands."""
        if name not in self._known:
            column = self._column(name)
            if column.dtype == object:  # JSONL: a cell may be anything
                column = column.map(lambda cell: cell if isinstance(cell, (str, int, float)) else None)
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
            with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
                self._known[name] = numbers.astype(np.float32)
        return self._known[name]

    @cached_property
    def _known(self) -> dict[str, NDArray[np.float32]]:
        return {}

    def _refuse(self, column: str, bad: Sequence[bool], what: str, cells: Sequence[Any], advice: str) -> None:
        """Raise if a row is bad."""
        if not any(bad):
            return
        first = list(bad).index(True)
        cells_are = "1 cell is" if sum(bad) == 1 else f"{sum(bad)} cells are"
        raise DataError(
            f"{self.path}: in column {column!r} {cells_are} {what}, first in row {first + 1} "
            f"(found {_shown(cells[first])}); {advice}"
        )


def word(cell: Any) -> str:
    """Return a cell as a word: whole numbers without a decimal point, nothing as an empty string."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _shown(cell: Any) -> str:
    return "an empty cell" if word(cell) == "" else repr(cell)[:60]
