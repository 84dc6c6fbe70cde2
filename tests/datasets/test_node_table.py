from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nni_autoattend.datasets.graph_features import SparseRows
from nni_autoattend.datasets.node_table import NodeTable, word
from nni_autoattend.errors import DataError


def table(**columns: list[Any]) -> NodeTable:
    return NodeTable(Path("n.csv"), pd.DataFrame(columns))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(" a ", "a"), (3, "3"), (3.0, "3"), (3.5, "3.5"), (None, ""), (float("nan"), ""), (pd.NA, ""), (True, "True")],
)
def test_cells_are_words(cell: Any, expected: str):
    assert word(cell) == expected


def test_ids():
    assert table(id=["x", 7, 8.0]).ids("id") == ("x", "7", "8")
    with pytest.raises(DataError, match=r"n.csv has no column 'idd' \(did you mean 'id'\?\); it has: id"):
        table(id=["x"]).ids("idd")
    with pytest.raises(DataError, match=r"'id' 1 cell is without an id, first in row 2 \(found an empty cell\); every"):
        table(id=["x", " ", "y"]).ids("id")
    with pytest.raises(DataError, match=r"2 cells are the id of an earlier row, first in row 3 \(found 'x'\)"):
        table(id=["x", "y", "x", "y"]).ids("id")
    with pytest.raises(DataError, match=r"1 cell is the id of an earlier row, first in row 2 \(found '1'\)"):
        table(id=["1", 1.0]).ids("id")


def test_parts():
    assert table(split=["train", "Valid", " test", "", None]).parts("split") == ["train", "valid", "test", "", ""]
    with pytest.raises(DataError, match=r"2 cells are not a part, first in row 2 \(found 'dev'\); known: train, valid"):
        table(split=["train", "dev", "holdout"]).parts("split")


def test_columns_in_which_numbers_stand():
    found = table(id=["a", "b"], age=["1", "x"], name=["Ann", "Bob"], none=["", ""], size=[1.5, 2], label=["1", "2"])
    assert found.number_columns(["id", "label"]) == (["age", "size"], ["name", "none"])


def test_features_are_numbers():
    found = table(a=["1", "2.5", "-3e2"], b=[1, 2, 3], c=[True, False, True])
    assert found.features(["a", "b", "c"]).tolist() == [[1, 1, 1], [2.5, 2, 0], [-300, 3, 1]]
    assert found.features(["b", "a"]).tolist() == [[1, 1], [2, 2.5], [3, -300]]
    sparse = table(**{f"w{number}": np.eye(20)[number].tolist() for number in range(20)})
    assert isinstance(sparse.features(sparse.columns), SparseRows)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            ["1", "", "3"],
            r"'a' 1 cell is not a finite number, first in row 2 \(found an empty cell\); fill or drop them",
        ),
        (["1", "nan", "x"], r"'a' 2 cells are not a finite number, first in row 2 \(found 'nan'\)"),
        (["inf", "1", "2"], r"first in row 1 \(found 'inf'\)"),
        (["1", "2", "1e300"], r"first in row 3 \(found '1e300'\)"),
        ([1.0, float("nan"), 2.0], r"first in row 2 \(found an empty cell\)"),
        ([1, {"x": 1}, [2]], r"2 cells are not a finite number, first in row 2 \(found \{'x': 1\}\)"),
        (["red", "green", "blue"], r"column 'a' holds no numbers \(row 1: 'red'\); a network needs numbers: encode it"),
        ([None, None, None], r"column 'a' holds no numbers \(row 1: an empty cell\)"),
    ],
)
def test_cells_that_are_no_finite_numbers(cells: list[Any], message: str):
    with pytest.raises(DataError, match=message):
        table(a=cells).features(["a"])
