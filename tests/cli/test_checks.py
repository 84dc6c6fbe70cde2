import os
import shutil
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from packaging.requirements import Requirement

from nni_autoattend.cli import checks
from nni_autoattend.cli.checks import GIB, browser, cores, disk, importable, memory, package, python


@pytest.mark.parametrize(
    ("line", "found", "state"),
    [
        ("setuptools<81", "80.9.0", "ok"),
        ("setuptools<81", "84.0.0", "wrong"),
        ("torch<3,>=2.2", "2.13.0+cpu", "ok"),
        ("torch<3,>=2.2", "2.1.0", "wrong"),
        ("torch<3,>=2.2", "2.14.0.dev20260101", "ok"),
        ("torchtext==0.6.0", "0.18.0", "wrong"),
    ],
)
def test_versions_are_held_against_the_bounds(
    monkeypatch: pytest.MonkeyPatch, line: str, found: str, state: str
) -> None:
    monkeypatch.setattr(checks, "version", lambda name: found)
    finding = package(Requirement(line))
    assert (finding.found, finding.state) == (found, state)
    assert finding.why
    assert bool(finding.remedy) is (state == "wrong")


def test_a_missing_package_is_wrong_and_the_remedy_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(checks, "version", absent)
    finding = package(Requirement("setuptools<81"))
    assert (finding.state, finding.found, finding.remedy) == ("wrong", "missing", 'pip install "setuptools<81"')


def test_python_is_held_against_the_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "metadata", lambda name: {"Requires-Python": ">=3.10,<3.13"})
    assert python().state == "ok"
    monkeypatch.setattr(checks, "metadata", lambda name: {"Requires-Python": ">=9"})
    assert (python().state, python().remedy) == ("wrong", "use a Python >=9")


def test_imports_that_fail_in_any_way_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_library.py").write_text("raise OSError('undefined\\n symbol: _ZN2at')")
    monkeypatch.syspath_prepend(tmp_path)
    finding = importable("broken_library", "why", "remedy")
    assert (finding.state, finding.remedy) == ("wrong", "remedy")
    assert finding.found == "fails: undefined symbol: _ZN2at"
    assert importable("json", "why", "remedy").state == "ok"
    assert importable("not_there_at_all", "why", "remedy").state == "wrong"


def test_setuptools_without_pkg_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    monkeypatch.setattr(checks, "importable", lambda name, why, remedy: checks.Finding(name, "", "", "ok"))
    first = next(checks.import_findings())
    assert (first.state, first.remedy) == ("wrong", 'pip install "setuptools<81"')


def test_a_missing_browser_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert browser().state == "note"
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/chromium" if name == "chromium" else None)
    assert (browser().state, browser().found) == ("ok", "/usr/bin/chromium")


def test_more_threads_than_cores_are_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    assert (cores().state, cores().found) == ("note", "2 usable, OMP_NUM_THREADS=64")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert cores().state == "ok"


@pytest.mark.parametrize(("gib", "state"), [(2, "note"), (16, "ok")])
def test_memory(monkeypatch: pytest.MonkeyPatch, gib: int, state: str) -> None:
    monkeypatch.setattr(os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else gib * GIB // 4096)
    assert (memory().state, memory().found) == (state, f"{gib}.0 GiB")


@pytest.mark.parametrize(("free", "state"), [(0.5, "wrong"), (50, "ok")])
def test_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: float, state: str) -> None:
    asked: list[Any] = []

    def usage(folder: Path) -> SimpleNamespace:
        asked.append(folder)
        return SimpleNamespace(free=free * GIB)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert disk(tmp_path / "not" / "there" / "yet").state == state
    assert asked == [tmp_path]


def test_a_folder_that_cannot_be_written_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    assert (disk(tmp_path).state, disk(tmp_path).found) == ("wrong", "not writable")
    (tmp_path / "file").write_text("")
    assert disk(tmp_path / "file" / "runs").state == "wrong"
