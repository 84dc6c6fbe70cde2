"""Word vectors from a GloVe or word2vec text file, read by torchtext."""

import gzip
import io
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from nni_autoattend.datasets.tables import check_file
from nni_autoattend.errors import DataError

LEAST_WIDTH = 3  # torchtext takes shorter lines for headers


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

    check_file(path)
    try:
        _check_widths(path, max_vectors)
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
        with _torchtext_tamed(), TemporaryDirectory(dir=cache) as folder:
            loaded = Vectors(str(path), cache=folder, max_vectors=max_vectors)
    except (OSError, EOFError) as error:
        raise DataError(f"cannot read word vectors from {path}: {error}") from error
    except (RuntimeError, ValueError, TypeError) as error:
        raise DataError(f"cannot read word vectors from {path}: {_first_fault(path) or error}") from error
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


def _check_widths(path: Path, max_vectors: int) -> None:
    """Count the numbers of each line: quick, and torchtext would name no line (or skip one with a single number)."""
    header = width = None
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        for number, line in enumerate(islice(file, max_vectors), 1):
            numbers = line.rstrip().count(b" ")
            if number == 1 and numbers == 1:
                header = line.split()[-1]  # word2vec: words, width
                continue
            width = width or numbers
            if numbers != width or width < LEAST_WIDTH:
                expected = f"{width if width >= LEAST_WIDTH else 'at least 3'} are expected"
                raise DataError(f"{path}, line {number} has {numbers} numbers where {expected}")
    if header is not None and header != str(width).encode():
        raise DataError(f"{path}, line 1 announces vectors of width {header.decode(errors='replace')}, found {width}")


def _first_fault(path: Path) -> str | None:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        for number, line in enumerate(file, 1):
            for entry in line.split()[1:]:
                try:
                    float(entry)
                except ValueError:
                    return f"line {number}: {entry.decode(errors='replace')!r} is not a number"
    return None
