"""What turns texts and labels into numbers; saved with a model, so that it reads new texts as it read its first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nni_autoattend.datasets.tokenizers import tokenizer
from nni_autoattend.datasets.vocabulary import UNKNOWN_INDEX, Vocabulary
from nni_autoattend.errors import DataError


@dataclass(frozen=True)
class TextCodec:
    """Tokenizer, vocabulary, labels and window length.

    Attributes:
        tokenizer_name: see ``tokenizers.tokenizer``.
        vocabulary: known words.
        labels: readable labels; a label's index is its class.
        max_length: tokens of a window; longer texts slide by half a window.
    """

    tokenizer_name: str
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    max_length: int

    def __post_init__(self) -> None:
        if self.max_length < 2:
            raise ValueError(f"max_length must be at least 2, found {self.max_length}")

    @cached_property
    def tokenize(self) -> Callable[[str], list[str]]:
        """The tokenizer itself, imported when it is first needed."""
        return tokenizer(self.tokenizer_name)

    def encode_text(self, text: str) -> list[list[int]]:
        """Return the token indices of each window of ``text``: at least one window of at least one token."""
        return self.encode_tokens(self.tokenize(text))

    def encode_tokens(self, tokens: Sequence[str]) -> list[list[int]]:
        """Return the token indices of each window of a tokenized text; no token at all counts as one unknown token."""
        indices = self.vocabulary.encode(tokens) or [UNKNOWN_INDEX]
        stride = self.max_length // 2
        starts = range(0, max(len(indices) - self.max_length, 0) + stride, stride)
        return [indices[start : start + self.max_length] for start in starts]

    def decode(self, windows: Iterable[Sequence[int]]) -> list[str]:
        """Return the tokens of a text from its windows; what windows share stands once, unknown words are ``<unk>``."""
        overlap = self.max_length - self.max_length // 2
        indices: list[int] = []
        for window in windows:
            indices += [int(index) for index in window][overlap if indices else 0 :]
        return [self.vocabulary.words[index] for index in indices]

    def encode_labels(self, labels: Iterable[str]) -> list[int]:
        """Return the class of every label.

        Raises:
            DataError: the codec does not know a label.
        """
        classes = {label: i for i, label in enumerate(self.labels)}
        try:
            return [classes[label] for label in labels]
        except KeyError as error:
            raise DataError(f"unknown label {error.args[0]!r}; known: {', '.join(self.labels)}") from error

    def to_json(self) -> dict[str, Any]:
        """Return a value that JSON can hold."""
        return {
            "tokenizer": self.tokenizer_name,
            "max_length": self.max_length,
            "labels": list(self.labels),
            "words": list(self.vocabulary.words),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "TextCodec":
        """Return the codec that ``to_json`` described.

        Raises:
            DataError: ``value`` describes no codec.
        """
        try:
            vocabulary = Vocabulary(tuple(value["words"]))
            return cls(value["tokenizer"], vocabulary, tuple(value["labels"]), int(value["max_length"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"this is not the description of a text codec: {error!r}") from error
