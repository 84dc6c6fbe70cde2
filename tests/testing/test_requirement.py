"""What a contract says: one line, never a flood."""

import pytest

from nni_autoattend.testing.requirement import brief, require


def test_a_promise_that_holds_says_nothing():
    require([1], "unsaid")
    with pytest.raises(AssertionError, match=r"^said$"):
        require([], "said")


def test_values_are_cut_and_put_on_one_line():
    assert brief({"a": 1}) == "{'a': 1}"
    assert brief("a\n  b") == "a b"
    assert len(brief(dict.fromkeys(range(100)))) == 120 and brief("x" * 200).endswith("...")
