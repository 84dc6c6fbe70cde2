from pathlib import Path

import pytest

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.access import Access, new_token, read_token

TOKEN = "correct-horse-battery"


def test_the_token_and_nothing_else_is_taken() -> None:
    access = Access(TOKEN)
    assert access.takes_token(TOKEN)
    for shown in (None, "", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "größer-als-der-token", access.session, "\udcff"):
        assert not access.takes_token(shown), shown


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer {TOKEN}", True),
        (f"Basic {TOKEN}", False),
        (TOKEN, False),
        ("Bearer ", False),
        ("Bearer", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_bearer_is_taken(header: str | None, taken: bool) -> None:
    assert Access(TOKEN).takes_header(header) is taken


def test_a_session_is_drawn_anew_and_is_not_the_token() -> None:
    one, other = Access(TOKEN), Access(TOKEN)
    assert one.takes_session(one.session)
    assert not one.takes_session(other.session) and not one.takes_session(TOKEN) and not one.takes_session(None)
    assert TOKEN not in repr(one) and one.session not in repr(one)


def test_new_tokens_differ_and_are_long_enough(tmp_path: Path) -> None:
    assert new_token() != new_token()
    assert read_token(written(tmp_path, new_token())) != ""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    assert read_token(written(tmp_path, f"{TOKEN}\n")) == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_of_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ExperimentError, match=r"run: chmod 600 .*token$"):
        read_token(written(tmp_path, TOKEN, mode))


@pytest.mark.parametrize("text", ["", "\n", "short", "sixteen characters of two", "größer-als-sechzehn"])
def test_a_token_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ExperimentError, match="one word of at least 16 ASCII characters"):
        read_token(written(tmp_path, text))


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="cannot read the token file absent"):
        read_token(Path("absent"))
