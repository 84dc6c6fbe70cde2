from dataclasses import FrozenInstanceError

import pytest

from nni_autoattend.report.data import ResultRow


def test_a_row_that_was_not_compared_has_no_difference_and_no_verdict():
    row = ResultRow("a", "found", None, None, None, None, 0, None)
    assert (row.difference, row.low, row.high, row.verdict) == (None, None, None, "")


def test_rows_do_not_change():
    with pytest.raises(FrozenInstanceError):
        ResultRow("a", "found", None, None, None, None, 0, None).name = "b"
