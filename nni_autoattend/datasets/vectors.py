"""Word vectors from a GloVe or word2vec text file, read by torchtext."""

import io
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from nni_autoattend.errors import DataError


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words and their vectors.

    Attributes:
        words: W different words.
        matrix: (W, E) float32, one row per word.
    """

    words: tuple[str, ...]
    matrix: Tensor


def load_vectors(path: Path, max_vectors: int, cache: Path | None = None) -> WordVectors:
    """Read the first ``max_vectors`` vectors of a text file (``.gz``: compressed).

    Args:
        path: one word and its numbers per line, separated by spaces; word2vec's header line may come first.
        max_vectors: rows to keep; files are sorted by frequency.
        cache: where torchtext's temporary copy goes; ``None``: the system's folder for temporary files.

    Raises:
        DataError: the file is missing or malformed; the message names the line.
    """
    from torchtext.vocab import Vectors

    from nni_autoattend.datasets.vector_file import check_vector_file, first_fault  # pandas: a second in every trial

    check_vector_file(path, max_vectors)
    try:
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
        with _torchtext_tamed(), TemporaryDirectory(dir=cache) as folder:
            loaded = Vectors(str(path), cache=folder, max_vectors=max_vectors)
    except (OSError, EOFError) as error:
        raise DataError(f"cannot read word vectors from {path}: {error}") from error
    except (RuntimeError, ValueError, TypeError) as error:
        raise DataError(f"cannot read word vectors from {path}: {first_fault(path) or error}") from error
    rows = {word: row for row, word in reversed(list(enumerate(loaded.itos)))}  # of equal words the first counts
    order = sorted(rows.values())
    matrix: Tensor = loaded.vectors[torch.tensor(order, dtype=torch.int64)]
    if not order or not torch.isfinite(matrix).all():
        raise DataError(f"{path} holds no words" if not order else f"{path} holds numbers that are not finite")
    return WordVectors(tuple(loaded.itos[row] for row in order), matrix)


@contextmanager
def _torchtext_tamed() -> Iterator[None]:
    """Undo what torchtext does besides: it switches certificate checks off for the process, logs, and draws a bar."""
    context, logger = ssl._create_default_https_context, logging.getLogger("torchtext.vocab")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        ssl._create_default_https_context = context
        logger.setLevel(level)
