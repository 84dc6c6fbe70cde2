import pytest

from nni_autoattend import errors
from nni_autoattend.errors import AutoAttendError, UnknownNameError, did_you_mean


def test_every_error_is_one_of_ours_and_exits_with_two() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 8
    assert all(issubclass(kind, AutoAttendError) and kind.exit_code == 2 for kind in kinds)


def test_an_unknown_name_lists_the_known_ones_and_the_closest() -> None:
    error = UnknownNameError("strategy", "autoatend", ["random", "enas", "autoattend"])
    assert str(error) == ("unknown strategy 'autoatend' (did you mean 'autoattend'?); known: autoattend, enas, random")


@pytest.mark.parametrize("name", ["zzz", ""])
def test_nothing_close_is_nothing_said(name: str) -> None:
    assert did_you_mean(name, ["random", "enas"]) == ""
