import math

import pytest

from nni_autoattend.report import cells


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.5, 0.5), ("1.25", 1.25), (3, 3.0), (None, None), ("", None), ("nan", None), (math.inf, None), (True, None)],
)
def test_finite_reads_numbers_and_their_text_and_nothing_else(value, expected):
    assert cells.finite(value) == expected


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_a_missing_value_is_a_dash_never_a_zero(missing):
    assert cells.percent(missing) == cells.DASH
    assert cells.spread(missing, 0.1, 3) == cells.DASH
    assert cells.points(missing) == cells.DASH
    assert cells.interval(missing, 0.1) == cells.interval(0.1, missing) == cells.DASH
    assert cells.seconds(missing) == cells.DASH


def test_scores_are_percent_with_two_decimals():
    assert cells.percent(0.41234) == "41.23"
    assert cells.percent(0.0) == "0.00"
    assert cells.spread(0.4172, 0.0061, 3) == "41.72 ± 0.61"


def test_one_seed_has_no_deviation():
    assert cells.spread(0.4172, 0.0, 1) == f"41.72 ± {cells.DASH}"


def test_differences_carry_their_sign():
    assert cells.points(0.0125) == "+1.25"
    assert cells.points(-0.0125) == f"{cells.MINUS}1.25"
    assert cells.interval(-0.01, 0.02) == f"[{cells.MINUS}1.00, +2.00]"


def test_counts_have_separators():
    assert cells.count(620490) == "620,490"
    assert cells.count(0) == "0"
    assert cells.count(None) == cells.DASH


@pytest.mark.parametrize(
    ("duration", "text"),
    [(8.41, "8.4 s"), (59.99, "1 min 00 s"), (723, "12 min 03 s"), (3599.7, "1 h 00 min"), (3900, "1 h 05 min")],
)
def test_durations_read_as_people_say_them(duration, text):
    assert cells.seconds(duration) == text


def test_sizes_and_how_far_off():
    assert cells.gib(3 * 1024**3 // 2) == "1.50 GiB"
    assert cells.gib(None) == cells.DASH
    assert (cells.off(100.0, 108.0), cells.off(100.0, 92.4), cells.off(3.0, 3.0)) == (
        "+8 %",
        f"{cells.MINUS}8 %",
        "+0 %",
    )
    assert cells.off(None, 1.0) == cells.off(1.0, None) == cells.off(0.0, 1.0) == cells.DASH
