import pytest

from nni_autoattend.datasets.tokenizers import tokenizer
from nni_autoattend.errors import RecipeError, UnknownNameError


def upper(text: str) -> list[str]:
    return text.upper().split()


def tuples(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def broken(text: str) -> list[str]:
    raise KeyError(text)


def test_basic_english_is_that_of_torchtext():
    assert tokenizer("basic_english")("You can't; GO!") == ["you", "can", "'", "t", "go", "!"]


def test_char_gives_every_character():
    assert tokenizer("char")("a b") == ["a", " ", "b"]


def test_whitespace_changes_nothing():
    assert tokenizer("whitespace")(" [MAX 2\t9 ] ") == ["[MAX", "2", "9", "]"]


@pytest.mark.parametrize("name", ["basic_english", "char", "whitespace"])
def test_an_empty_text_has_no_tokens(name: str):
    assert tokenizer(name)("") == []


def test_own_functions_are_imported(monkeypatch: pytest.MonkeyPatch):
    _importable(monkeypatch)
    assert tokenizer("own_tokenizers:upper")("a b") == ["A", "B"]


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"did you mean 'basic_english'.*whitespace"):
        tokenizer("basic_englsh")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module_at_all:f", "cannot import"),
        ("own_tokenizers:nothing", "has no 'nothing'"),
        ("own_tokenizers:tuples", "must return a list of strings"),
        ("own_tokenizers:broken", "fails on a short text"),
    ],
)
def test_useless_functions_are_refused_at_once(name: str, message: str, monkeypatch: pytest.MonkeyPatch):
    _importable(monkeypatch)
    with pytest.raises(RecipeError, match=message):
        tokenizer(name)


def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "own_tokenizers", sys.modules[__name__])
