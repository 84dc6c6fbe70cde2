import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors import SafetensorError

from nni_autoattend import files
from nni_autoattend.errors import RunFolderError, StorageError
from nni_autoattend.files import (
    append_json_line,
    append_text,
    read_json_lines,
    sweep_temporaries,
    write_atomically,
    write_json,
    write_text,
)

FULL = OSError(errno.ENOSPC, "No space left on device")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def full_disk(monkeypatch: pytest.MonkeyPatch, room: int = 3) -> None:
    """Every file takes ``room`` more bytes; then the disk is full."""

    def write(path: Path, data: bytes) -> None:
        with path.open("wb") as handle:
            handle.write(data[:room])
        raise FULL

    monkeypatch.setattr(files, "_write_bytes", write)


def test_text_and_json_are_utf8(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "a.txt", "größe\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "größe\n".encode()
    write_json(tmp_path / "a.json", {"é": [1, None]})
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"é": [1, None]}
    assert "é" in (tmp_path / "a.json").read_text("utf-8")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "best.json"
    write_json(path, {"fitness": 1})
    full_disk(monkeypatch)
    with pytest.raises(StorageError, match=r"cannot write .*best\.json.*No space left.*is intact") as caught:
        write_json(path, {"fitness": 2})
    assert "\n" not in str(caught.value)
    assert json.loads(path.read_text()) == {"fitness": 1}
    assert names(tmp_path) == ["best.json"]


@pytest.mark.parametrize("error", [FULL, RuntimeError("unexpected pos 576 vs 534"), SafetensorError("I/O error")])
def test_every_writer_reports_a_full_disk_in_its_own_way(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "model"
    path.write_text("old")

    def write(temporary: Path) -> None:
        temporary.write_text("ne")
        raise error

    with pytest.raises(StorageError):
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["model"]


def test_a_disk_that_fills_while_flushing_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fsync(descriptor: int) -> None:
        raise FULL

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageError):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_an_interruption_leaves_no_litter(tmp_path: Path) -> None:
    def write(temporary: Path) -> None:
        temporary.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.txt", write)
    assert names(tmp_path) == []


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")
    with pytest.raises(StorageError, match="cannot write"):
        write_text(tmp_path / "run" / "a.txt", "x")
    with pytest.raises(StorageError, match="cannot write"):
        append_json_line(tmp_path / "run" / "a.jsonl", 1)


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_what_json_cannot_hold_touches_no_file(tmp_path: Path, value: Any) -> None:
    write_json(tmp_path / "a.json", 1)
    with pytest.raises((TypeError, ValueError)):
        write_json(tmp_path / "a.json", value)
    assert (tmp_path / "a.json").read_text() == "1\n"


def test_lines_are_appended_and_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.jsonl"
    assert list(read_json_lines(path)) == []
    for value in ({"a": "zwei\nZeilen"}, [1], None):
        append_json_line(path, value)
    assert list(read_json_lines(path)) == [{"a": "zwei\nZeilen"}, [1], None]
    assert path.read_bytes().count(b"\n") == 3


def test_text_is_appended_as_it_is(tmp_path: Path) -> None:
    for text in ("größer\n", "ohne Ende", ""):
        append_text(tmp_path / "a.txt", text)
    assert (tmp_path / "a.txt").read_bytes() == "größer\nohne Ende".encode()
    with pytest.raises(StorageError, match="what it held before is intact"):
        append_text(tmp_path / "missing" / "a.txt", "x")


def test_a_partial_last_line_is_left_out_and_then_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b": "\xc3')
    assert list(read_json_lines(path)) == [{"a": 1}]
    append_json_line(path, {"c": 3})
    assert path.read_bytes() == b'{"a": 1}\n{"c": 3}\n'


def test_a_full_disk_keeps_the_lines_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    append_json_line(path, 1)

    def fsync(descriptor: int) -> None:
        raise FULL

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(StorageError, match="lines before are intact"):
            append_json_line(path, 2)
    assert next(read_json_lines(path)) == 1


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"1\n{broken\n3\n")
    with pytest.raises(RunFolderError, match=r"a\.jsonl is damaged: line 2 is not JSON"):
        list(read_json_lines(path))
    with pytest.raises(RunFolderError, match="cannot read"):
        list(read_json_lines(tmp_path))


def test_only_what_dead_writers_left_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(process: int, number: int) -> None:
        assert number == 0
        if process == 7:
            raise PermissionError  # alive, and somebody else's
        if process != 8:
            raise ProcessLookupError

    monkeypatch.setattr(os, "kill", kill)
    kept = [".a.pt.7.tmp", ".a.pt.8.tmp", "a.pt", ".lock", "b.9.tmp", ".own.tmp", ".x.y.tmp"]
    (tmp_path / "checkpoints" / "retrain").mkdir(parents=True)
    for name in (*kept, ".a.pt.9.tmp", "checkpoints/.b.pt.9.tmp", "checkpoints/retrain/.c.weights.pt.10.tmp"):
        (tmp_path / name).touch()
    sweep_temporaries(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)
    sweep_temporaries(tmp_path / "absent")


KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from nni_autoattend.files import write_atomically

def write(path):
    path.write_text("half of the new")
    os.kill(os.getpid(), signal.SIGKILL)

write_atomically(Path(sys.argv[1]), write)
"""


@pytest.mark.slow
def test_a_kill_in_the_middle_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert len(names(tmp_path)) == 2  # the old file and the half of the new one
    sweep_temporaries(tmp_path)
    assert names(tmp_path) == ["checkpoint"]
    write_text(path, "newer")
    assert path.read_text() == "newer"


@pytest.mark.slow
def test_a_real_full_disk_while_appending(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path; from nni_autoattend.files import append_json_line\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "for number in range(10_000): append_json_line(Path(sys.argv[1]), number)\n"
    )
    path = tmp_path / "journal.jsonl"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert "StorageError: cannot write" in done.stderr
    whole = list(read_json_lines(path))
    assert whole == list(range(len(whole))) and len(whole) > 100
    append_json_line(path, "after")
    assert list(read_json_lines(path)) == [*whole, "after"]
