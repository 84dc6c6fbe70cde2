"""Whether a text file of word vectors can be used, told quickly and without torch."""

import gzip
from collections.abc import Iterable
from io import BufferedReader
from itertools import islice
from pathlib import Path

from nni_autoattend.datasets.tables import check_file
from nni_autoattend.errors import DataError

LEAST_WIDTH = 3  # torchtext takes shorter lines for headers
_PARSED = 100
"""Lines whose numbers are read; reading all of a large file takes as long as loading it."""


def check_vector_file(path: Path, max_vectors: int) -> None:
    """Check that all of the first ``max_vectors`` lines hold as many numbers, and that the first ones are numbers.

    torchtext would name no line, or skip one with a single number.

    Raises:
        DataError: the file is missing or malformed; the message names the line.
    """
    check_file(path)
    try:
        with _opened(path) as file:
            _check_widths(path, islice(file, max_vectors))
        fault = first_fault(path, min(_PARSED, max_vectors))
    except (OSError, EOFError) as error:
        raise DataError(f"cannot read word vectors from {path}: {error}") from error
    if fault is not None:
        raise DataError(f"cannot read word vectors from {path}: {fault}")


def first_fault(path: Path, lines: int | None = None) -> str | None:
    """Return what is no number in the first ``lines`` lines (``None``: in all), or ``None``."""
    with _opened(path) as file:
        for number, line in enumerate(islice(file, lines), 1):
            for entry in line.split()[1:]:
                try:
                    float(entry)
                except ValueError:
                    return f"line {number}: {entry.decode(errors='replace')!r} is not a number"
    return None


def _opened(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _check_widths(path: Path, lines: Iterable[bytes]) -> None:
    header = width = None
    for number, line in enumerate(lines, 1):
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
