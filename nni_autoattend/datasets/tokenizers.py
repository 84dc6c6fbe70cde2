"""Text to tokens, by name."""

from collections.abc import Callable

from nni_autoattend.errors import RecipeError, UnknownNameError
from nni_autoattend.names import resolve

TOKENIZERS: dict[str, str] = {
    "basic_english": "nni_autoattend.datasets.tokenizers:basic_english",
    "char": "nni_autoattend.datasets.tokenizers:characters",
    "whitespace": "nni_autoattend.datasets.tokenizers:whitespace",
}


def tokenizer(name: str) -> Callable[[str], list[str]]:
    """Return the tokenizer called ``name``: one of ours, or ``module:function`` (text -> list of tokens).

    Raises:
        UnknownNameError: there is no such tokenizer.
        RecipeError: ``module:function`` cannot be imported, or gives no list of strings.
    """
    if name not in TOKENIZERS and ":" not in name:
        raise UnknownNameError("tokenizer", name, [*TOKENIZERS, "module:function"])
    function: Callable[[str], list[str]] = resolve(TOKENIZERS.get(name, name))
    if name not in TOKENIZERS:
        _check(name, function)
    return function


def basic_english(text: str) -> list[str]:
    """Lower-case, split off punctuation: torchtext's ``basic_english``."""
    from torchtext.data.utils import get_tokenizer  # brings torch

    tokens: list[str] = get_tokenizer("basic_english")(text)
    return tokens


def characters(text: str) -> list[str]:
    """Every character is a token, spaces too."""
    return list(text)


def whitespace(text: str) -> list[str]:
    """Split at white space, change nothing."""
    return text.split()


def _check(name: str, function: Callable[[str], list[str]]) -> None:
    """Try a user's tokenizer once: better one line now than a strange error amid the data."""
    try:
        tokens = function("A short text.")
    except Exception as error:
        raise RecipeError(f"the tokenizer {name!r} fails on a short text: {error!r}") from error
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise RecipeError(f"the tokenizer {name!r} must return a list of strings, it returned {tokens!r}")
