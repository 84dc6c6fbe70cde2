"""Words and their numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

PADDING, UNKNOWN = "<pad>", "<unk>"
PADDING_INDEX, UNKNOWN_INDEX = 0, 1


@dataclass(frozen=True)
class Vocabulary:
    """Known words; a word's index is its row in the embedding.

    Attributes:
        words: ``<pad>`` first, ``<unk>`` second, then every word once.
    """

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.words[:2] != (PADDING, UNKNOWN):
            raise ValueError(f"a vocabulary starts with {PADDING} and {UNKNOWN}, found {self.words[:2]}")
        if len(set(self.words)) != len(self.words):
            raise ValueError("a vocabulary holds every word once")

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return the index of every token, ``<unk>``'s for unknown ones.

        A literal ``<pad>`` in a text is unknown too: index 0 never stands for a real token.
        """
        index = self._index
        return [index.get(token, UNKNOWN_INDEX) for token in tokens]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words) if i > UNKNOWN_INDEX}


def build_vocabulary(
    token_lists: Iterable[Sequence[str]], min_count: int = 1, extra_words: Iterable[str] = ()
) -> Vocabulary:
    """Return the tokens seen ``min_count`` times or more, then the extra words that are not among them.

    Tokens are sorted by frequency, equal ones alphabetically; extra words keep their order.
    """
    counts = Counter(token for tokens in token_lists for token in tokens)
    frequent = [token for token, count in counts.items() if count >= min_count]
    frequent.sort(key=lambda token: (-counts[token], token))
    return Vocabulary(tuple(dict.fromkeys([PADDING, UNKNOWN, *frequent, *extra_words])))
