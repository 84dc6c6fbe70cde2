from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from nni_autoattend.errors import RecipeError
from nni_autoattend.schema import read, to_plain


@dataclass(frozen=True)
class Inner:
    depth: int = 1


@dataclass(frozen=True)
class Settings:
    name: str
    count: int = 1
    rate: float = 0.5
    flag: bool = False
    mode: Literal["fast", "slow"] = "fast"
    folder: Path | None = None
    words: tuple[str, ...] = ()
    modes: tuple[Literal["fast", "slow"], ...] = ()
    inner: Inner = field(default_factory=Inner)
    anything: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("count must not be negative")


def test_values_are_read_and_converted() -> None:
    value = {
        "name": "x", "count": 3, "rate": 1, "flag": True, "mode": "slow", "folder": "a/b", "words": ["p", "q"],
        "modes": ["slow"], "inner": {"depth": 4}, "anything": [1], "extra": {"k": 1},
    }  # fmt: skip
    settings = read(Settings, value, "here")
    assert settings == Settings("x", 3, 1.0, True, "slow", Path("a/b"), ("p", "q"), ("slow",), Inner(4), [1], {"k": 1})
    assert isinstance(settings.rate, float)
    assert to_plain(settings) == value
    assert read(Settings, to_plain(settings), "again") == settings


def test_defaults_fill_what_is_absent() -> None:
    assert read(Settings, {"name": "x"}, "here") == Settings("x")


def test_yaml_numbers_that_came_as_text_are_numbers() -> None:
    assert read(Settings, {"name": "x", "rate": "5e-4"}, "here").rate == 5e-4


def test_an_instance_is_taken_as_it_is() -> None:
    inner = Inner(9)
    assert read(Settings, {"name": "x", "inner": inner}, "here").inner is inner


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cuont": 1}, r"here: unknown key 'cuont' \(did you mean 'count'\?\); known: name, count"),
        ({3: 1}, "here: unknown key 3"),
        ({"name": 5}, "here: name: expected str, found 5"),
        ({"name": None}, "here: name: expected str, found None"),
        ({"count": 1.5}, "here: count: expected int, found 1.5"),
        ({"count": True}, "here: count: expected int, found True"),
        ({"count": "1"}, "here: count: expected int, found '1'"),
        ({"count": -1}, "here: count must not be negative"),
        ({"rate": "quick"}, "here: rate: expected float, found 'quick'"),
        ({"rate": True}, "here: rate: expected float, found True"),
        ({"rate": float("nan")}, "here: rate: expected a finite number"),
        ({"rate": "inf"}, "here: rate: expected a finite number"),
        ({"flag": "yes"}, "here: flag: expected bool, found 'yes'"),
        ({"flag": 1}, "here: flag: expected bool, found 1"),
        ({"mode": "fsat"}, r"here: mode: 'fsat' is unknown \(did you mean 'fast'\?\); known: fast, slow"),
        ({"mode": ["fast"]}, "here: mode: .* is unknown"),
        ({"folder": 3}, "here: folder: expected Path, found 3"),
        ({"words": "pq"}, "here: words: expected a list, found 'pq'"),
        ({"words": [1]}, "here: words: expected str, found 1"),
        ({"modes": ["slow", "quick"]}, "here: modes: 'quick' is unknown"),
        ({"inner": 3}, "here: inner: expected keys and values, found 3"),
        ({"inner": {"depht": 3}}, r"here: inner: unknown key 'depht' \(did you mean 'depth'\?\)"),
        ({"extra": [1]}, "here: extra: expected keys and values"),
    ],
)
def test_bad_values_are_told_in_one_line(change: dict[Any, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        read(Settings, {"name": "x"} | change, "here")
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(RecipeError, match="here: 'name' is missing"):
        read(Settings, {}, "here")


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_only_keys_and_values_are_read(value: object) -> None:
    with pytest.raises(RecipeError, match="here: expected keys and values"):
        read(Settings, value, "here")


def test_plain_values_hold_no_classes() -> None:
    assert to_plain({1: (Path("a"), Inner())}) == {"1": ["a", {"depth": 1}]}
