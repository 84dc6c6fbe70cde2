"""A user's file as a pandas frame: CSV, TSV, JSONL or Parquet, by its suffix."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pandas as pd

from nni_autoattend.errors import DataError


def read_table(path: Path) -> pd.DataFrame:
    """Return the rows of ``path``; cells of CSV and TSV are strings, an empty cell is an empty string.

    Raises:
        DataError: the file is missing, empty, of an unknown kind, not UTF-8, or not well formed.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kind = f"suffix {path.suffix!r}" if path.suffix else "no suffix"
        raise DataError(f"{path} has {kind}; known kinds of files: {', '.join(READERS)}")
    frame = reader(check_file(path))
    if frame.empty:
        raise DataError(f"{path} holds no rows")
    return frame


def read_utf8(path: Path) -> str:
    """Return the text of a UTF-8 file, without a byte order mark.

    Raises:
        DataError: the file is missing, empty or not UTF-8.
    """
    data = check_file(path).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path} is not UTF-8: byte 0x{data[error.start]:02x} in line {line}; convert it, for example with "
            f"'iconv -f latin1 -t utf-8' if it is Latin-1"
        ) from error
    if not text.strip():
        raise DataError(f"{path} is empty")
    return text


def check_file(path: Path) -> Path:
    """Return ``path`` if it is a file with something in it.

    Raises:
        DataError: it is not.
    """
    if not path.is_file():
        raise DataError(f"{path} is a folder, not a file" if path.is_dir() else f"there is no file {path}")
    if not path.stat().st_size:
        raise DataError(f"{path} is empty")
    return path


def _read_csv(path: Path) -> pd.DataFrame:
    return _read_separated(path, ",")


def _read_tsv(path: Path) -> pd.DataFrame:
    return _read_separated(path, "\t")


def _read_separated(path: Path, separator: str) -> pd.DataFrame:
    text = read_utf8(path).rstrip("\r\n")
    try:  # "NA" and "null" are words like any others; a blank line is a row, or predictions would slip by one
        frame = pd.read_csv(StringIO(text), sep=separator, dtype=str, keep_default_na=False, skip_blank_lines=False)
    except ValueError as error:  # pandas' ParserError is one
        raise DataError(f"{path} cannot be read as {path.suffix[1:].upper()}: {str(error).strip()}") from error
    if not isinstance(frame.index, pd.RangeIndex):  # pandas took the first cells for row names
        raise DataError(f"{path}: the rows have more cells than the header ({', '.join(map(str, frame.columns))})")
    return frame


def _read_jsonl(path: Path) -> pd.DataFrame:
    rows = []
    for number, line in enumerate(read_utf8(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f'{path}, line {number} is not an object such as {{"text": "...", "label": "..."}}')
        rows.append(row)
    return pd.DataFrame(rows, dtype=object)


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (ValueError, OSError) as error:  # pyarrow's errors are of these two kinds
        raise DataError(f"{path} cannot be read as Parquet: {str(error).strip()}") from error


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
