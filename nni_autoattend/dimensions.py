"""The sizes that data gives to a text network."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TextDimensions:
    """What a network must know of the data.

    Attributes:
        vocabulary_size: words, padding and unknown included.
        embedding_width: width of a word vector.
        classes: number of labels.
        tune_embedding: train the embedding.
        embedding_file: safetensors file whose tensor ``embedding`` (words, width) it starts from; ``None``: random.
    """

    vocabulary_size: int
    embedding_width: int
    classes: int
    tune_embedding: bool = True
    embedding_file: str | None = None
