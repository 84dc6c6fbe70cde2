import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.vocabulary import build_vocabulary
from nni_autoattend.errors import DataError


def codec(max_length: int = 4) -> TextCodec:
    return TextCodec("whitespace", build_vocabulary([["a", "b", "c", "d", "e"]]), ("no", "yes"), max_length)


def test_a_short_text_is_one_window():
    assert codec().encode_text("a b zzz") == [[2, 3, 1]]


def test_a_text_of_exactly_the_length_is_one_window():
    assert codec().encode_text("a b c d") == [[2, 3, 4, 5]]


def test_a_longer_text_slides_by_half_a_window():
    assert codec().encode_text("a b c d e") == [[2, 3, 4, 5], [4, 5, 6]]
    assert codec().encode_text("a b c d e a b") == [[2, 3, 4, 5], [4, 5, 6, 2], [6, 2, 3]]


def test_no_token_counts_as_one_unknown_token():
    assert codec().encode_text("  ") == [[1]]


@given(st.integers(1, 60), st.integers(2, 9))
def test_windows_cover_the_text_and_nothing_else(tokens: int, max_length: int):
    words = [f"w{i}" for i in range(tokens)]
    reader = TextCodec("whitespace", build_vocabulary([words]), ("no", "yes"), max_length)
    windows = reader.encode_tokens(words)
    assert all(1 <= len(window) <= max_length for window in windows)
    assert all(len(window) == max_length for window in windows[:-1])
    assert reader.decode(windows) == words
    assert (
        len(windows) == 1 or sum(map(len, windows[:-1])) - (len(windows) - 2) * (max_length - max_length // 2) < tokens
    )


def test_labels_become_their_positions():
    assert codec().encode_labels(["yes", "no", "yes"]) == [1, 0, 1]


def test_an_unknown_label_is_named():
    with pytest.raises(DataError, match="unknown label 'maybe'; known: no, yes"):
        codec().encode_labels(["yes", "maybe"])


def test_json_brings_back_an_equal_codec():
    plain = json.loads(json.dumps(codec().to_json()))
    assert TextCodec.from_json(plain) == codec()
    assert TextCodec.from_json(plain).encode_text("a b c d e") == codec().encode_text("a b c d e")


@pytest.mark.parametrize("spoil", [{"words": ["a"]}, {"max_length": "long"}, {"max_length": 1}, {"labels": None}])
def test_json_of_something_else_is_refused(spoil: dict[str, object]):
    with pytest.raises(DataError, match="not the description of a text codec"):
        TextCodec.from_json({**codec().to_json(), **spoil})
    with pytest.raises(DataError, match="not the description of a text codec"):
        TextCodec.from_json({})
