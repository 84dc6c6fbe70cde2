from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.cli.options import data_block, parse_overrides
from nni_autoattend.errors import RecipeError


def test_values_are_yaml() -> None:
    given = ["a.b=3", "c=[x, y]", "d=", "e=1.5", "f=text=with=signs", " g =true"]
    assert parse_overrides(given) == {
        "a.b": 3, "c": ["x", "y"], "d": None, "e": 1.5, "f": "text=with=signs", "g": True,
    }  # fmt: skip
    assert parse_overrides(None) == {}


@pytest.mark.parametrize("setting", ["x", "=3", "", " =1"])
def test_another_form_is_refused(setting: str) -> None:
    with pytest.raises(RecipeError, match="write it as KEY=VALUE"):
        parse_overrides([setting])


def test_what_is_no_yaml_is_refused_in_one_line() -> None:
    with pytest.raises(RecipeError, match=r"--set a=\[1: the value is not YAML") as caught:
        parse_overrides(["a=[1"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "overrides", "block"),
    [
        ({}, {}, {"task": "listops"}),
        ({"metric": "macro-f1", "root": None}, {}, {"task": "listops", "metric": "macro-f1"}),
        ({"task": "trec"}, {}, {"task": "trec"}),
        ({"train": Path("a.csv"), "phrases": False}, {}, {"train": Path("a.csv"), "phrases": False}),
        ({}, {"data.task": "sst5"}, {}),
        ({}, {"data.train": "a.csv"}, {}),
        ({}, {"data.size": 200}, {"task": "listops"}),
    ],
)
def test_the_embedded_task_stands_in_where_no_data_are_named(given: Any, overrides: Any, block: Any) -> None:
    assert data_block(given, overrides) == block
