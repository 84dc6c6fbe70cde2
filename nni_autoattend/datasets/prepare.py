"""From texts to tensors: vocabulary, window length, the halves of validation, word vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nni_autoattend.datasets.codec import TextCodec
from nni_autoattend.datasets.encoded import EncodedTexts, encode
from nni_autoattend.datasets.examples import Splits
from nni_autoattend.datasets.splits import halve
from nni_autoattend.datasets.tokenizers import tokenizer
from nni_autoattend.datasets.vectors import WordVectors, load_vectors
from nni_autoattend.datasets.vocabulary import PADDING_INDEX, UNKNOWN_INDEX, Vocabulary, build_vocabulary
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.files import write_atomically
from nni_autoattend.settings import DataSettings, Metric

EMBEDDING_FILE = "embedding.safetensors"
Tokens = list[list[str]]


@dataclass(frozen=True, eq=False)
class TextData:
    """Everything that a search, a retraining and a report need of the data.

    Attributes:
        name: of the task, or of the user's training file.
        codec: reads new texts as these were read.
        train: what networks are trained on.
        search: half of validation that drives the search (fitness).
        selection: the other half, which picks architectures, epochs and hyper-parameters.
        test: touched once per reported number.
        dimensions: the sizes that a network takes from the data.
        metric: drives fitness, selection and report.
        labels: readable labels by class.
        class_counts: split -> label -> texts.
        notes: what a reader of the report must know about the data.
    """

    name: str
    codec: TextCodec
    train: EncodedTexts
    search: EncodedTexts
    selection: EncodedTexts
    test: EncodedTexts
    dimensions: TextDimensions
    metric: Metric
    labels: tuple[str, ...]
    class_counts: dict[str, dict[str, int]]
    notes: tuple[str, ...]


def prepare(settings: DataSettings, splits: Splits, folder: Path | None) -> TextData:
    """Tokenize and encode ``splits``. Vocabulary and window length come from train, and the vector file, alone.

    Args:
        settings: tokenizer, window length, vectors, metric, seed.
        splits: checked splits, from ``load_splits``.
        folder: where the word vectors of this vocabulary are kept; needed with a vector file only.

    Raises:
        DataError: the vector file cannot be used.
        StorageError: the word vectors cannot be written.
    """
    tokens = _tokenize(settings.tokenizer, splits)
    vectors = None if settings.vectors is None else load_vectors(settings.vectors, settings.max_vectors, folder)
    vocabulary = build_vocabulary(tokens["train"], settings.min_count, vectors.words if vectors else ())
    max_length = settings.max_length or usual_length(tokens["train"])
    codec = TextCodec(settings.tokenizer, vocabulary, splits.labels, max_length)
    search, selection = _halves(codec, tokens["valid"], splits.valid.labels, settings.split_seed)
    return TextData(
        name=splits.name,
        codec=codec,
        train=encode(codec, tokens["train"], splits.train.labels),
        search=search,
        selection=selection,
        test=encode(codec, tokens["test"], splits.test.labels),
        dimensions=_dimensions(settings, vocabulary, len(codec.labels), vectors, folder),
        metric=settings.metric,
        labels=codec.labels,
        class_counts=splits.class_counts(),
        notes=(*splits.notes, _length_note(tokens["train"], max_length)),
    )


def usual_length(token_lists: Sequence[Sequence[str]]) -> int:
    """Return the 95th percentile of token counts: the least length that 95 % of the texts keep to; at least 2."""
    counts = [len(tokens) for tokens in token_lists]
    return max(2, int(np.percentile(counts, 95, method="inverted_cdf")))


def embedding_matrix(vocabulary: Vocabulary, vectors: WordVectors, seed: int) -> Tensor:
    """Return (V, E) float32: the vector of each word; ~ U(-0.25, 0.25) where the file has none; padding is zero."""
    rows = {word: row for row, word in enumerate(vectors.words)}
    sources = torch.tensor([rows.get(word, -1) for word in vocabulary.words])
    sources[: UNKNOWN_INDEX + 1] = -1  # a word of the file that looks like padding is not padding
    missing = sources < 0
    matrix = vectors.matrix[sources]
    drawn = np.random.default_rng(seed).uniform(-0.25, 0.25, (int(missing.sum()), matrix.shape[1]))
    matrix[missing] = torch.from_numpy(drawn).float()
    matrix[PADDING_INDEX] = 0
    return matrix


def _tokenize(name: str, splits: Splits) -> dict[str, Tokens]:
    """Tokenize every distinct text once, and keep every distinct token once: phrases repeat both."""
    tokenize = tokenizer(name)
    tokens: dict[str, str] = {}
    known: dict[str, list[str]] = {}

    def tokenized(text: str) -> list[str]:
        if text not in known:
            known[text] = [tokens.setdefault(token, token) for token in tokenize(text)]
        return known[text]

    return {part: [tokenized(text) for text in examples.texts] for part, examples in splits.parts().items()}


def _halves(
    codec: TextCodec, token_lists: Tokens, labels: Sequence[str], seed: int
) -> tuple[EncodedTexts, EncodedTexts]:
    search, selection = (
        encode(codec, [token_lists[i] for i in half], [labels[i] for i in half]) for half in halve(labels, seed)
    )
    return search, selection


def _dimensions(
    settings: DataSettings, vocabulary: Vocabulary, classes: int, vectors: WordVectors | None, folder: Path | None
) -> TextDimensions:
    if vectors is None:
        return TextDimensions(len(vocabulary), settings.embedding_width, classes)
    if folder is None:
        raise ValueError("word vectors need a folder to be kept in")
    file = folder / EMBEDDING_FILE
    _save(file, embedding_matrix(vocabulary, vectors, settings.split_seed))
    return TextDimensions(len(vocabulary), vectors.matrix.shape[1], classes, settings.tune_vectors, str(file))


def _save(path: Path, matrix: Tensor) -> None:
    from safetensors.torch import save_file

    write_atomically(path, lambda temporary: save_file({"embedding": matrix.contiguous()}, temporary))


def _length_note(token_lists: Tokens, max_length: int) -> str:
    longer = sum(len(tokens) > max_length for tokens in token_lists)
    return f"windows of {max_length} tokens; {longer} of {len(token_lists)} training texts are longer and slide"
