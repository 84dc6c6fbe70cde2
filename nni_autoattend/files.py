"""Files that survive: written whole or not at all, journals that outlive a kill in mid-line."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from safetensors import SafetensorError

from nni_autoattend.errors import RunFolderError, StorageError

# torch reports a full disk as a RuntimeError of its zip writer, safetensors by an error of its own.
_WRITE_ERRORS = (OSError, RuntimeError, SafetensorError)


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary neighbour of ``path``, force it to disk, then rename it over ``path``.

    A kill or a full disk at any moment leaves either the old file or the new one.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(path)
    except _WRITE_ERRORS as error:
        raise StorageError(f"cannot write {path}: {error}; the file saved before it is intact") from error
    finally:
        _forget(temporary)


def sweep_temporaries(folder: Path) -> None:
    """Delete, in ``folder`` and below, what writers left in mid-write that were killed; the living keep theirs."""
    for path in folder.rglob(".*.tmp"):
        writer = path.name.split(".")[-2]
        if writer.isdigit() and not _is_alive(int(writer)):
            _forget(path)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` atomically as UTF-8."""
    write_atomically(path, lambda temporary: _write_bytes(temporary, text.encode("utf-8")))


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` atomically as indented JSON; a value that JSON cannot hold is a TypeError."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def append_text(path: Path, text: str) -> None:
    """Append ``text`` as UTF-8: cheap, for a kill loses nothing of it, though a power cut may.

    Raises:
        StorageError: the disk is full or the file cannot be written; a part of ``text`` may have been.
    """
    try:
        with path.open("ab") as handle:
            handle.write(text.encode("utf-8"))
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}; what it held before is intact") from error


def append_json_line(path: Path, value: Any) -> None:
    """Append ``value`` as one line of JSON and force it to disk, mending a line that a kill cut short.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as handle:
            _drop_partial_line(handle)
            handle.write((json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8"))
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}; the lines before are intact") from error


def read_json_lines(path: Path) -> Iterator[Any]:
    """Yield the value of every complete line; a last line cut short by a kill is left out.

    Raises:
        RunFolderError: the file cannot be read, or a complete line is not JSON.
    """
    if not path.exists():
        return
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise RunFolderError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        try:
            yield json.loads(line)
        except ValueError as error:
            raise RunFolderError(f"{path} is damaged: line {number} is not JSON ({error})") from error


def _forget(temporary: Path) -> None:
    with contextlib.suppress(OSError):  # it was renamed, never made, or lies in a folder that is none
        temporary.unlink()


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":  # signal 0 is Ctrl-C there; but a file that a living process writes cannot be deleted
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's process
        return True
    return True


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _drop_partial_line(handle: BinaryIO) -> None:
    end = handle.seek(0, os.SEEK_END)
    while end:
        handle.seek(end - 1)
        if handle.read(1) == b"\n":
            break
        end -= 1
    handle.truncate(end)
    handle.seek(end)
