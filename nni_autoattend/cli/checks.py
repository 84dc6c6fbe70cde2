"""What the doctor looks at: packages, imports that break, and whether the machine is large enough."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, metadata, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from nni_autoattend.cli.bounds import PROJECT, reason, requirements

State = Literal["ok", "note", "wrong"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
GIB = 1024**3
LEAST_MEMORY, LEAST_DISK = 4 * GIB, 1 * GIB


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what it is.
        found: what is there.
        needed: what should be there; empty: no demand.
        state: ``wrong`` must be mended, ``note`` is worth knowing.
        why: why it is needed so.
        remedy: what to do; empty when nothing is wrong.
    """

    name: str
    found: str
    needed: str
    state: State
    why: str = ""
    remedy: str = ""


def all_findings(root: Path) -> list[Finding]:
    """Return everything that the doctor has to say; ``root`` is the folder of the runs."""
    return [
        *package_findings(),
        *import_findings(),
        tuner(),
        browser(),
        cores(),
        memory(),
        disk(root),
    ]


def package_findings() -> Iterator[Finding]:
    """Yield what is said of Python, of this project and of every requirement."""
    yield python()
    try:
        yield Finding(PROJECT, version(PROJECT), "", "ok")
    except PackageNotFoundError:
        remedy = "install it: pip install . (or make venv in the checkout)"
        yield Finding(PROJECT, "a checkout, not installed", "", "note", "the command needs no installation", remedy)
    for requirement in requirements():
        yield package(requirement)


def python() -> Finding:
    """Return whether this Python is one that the project supports."""
    try:
        needed = metadata(PROJECT)["Requires-Python"] or ""
    except PackageNotFoundError:
        needed = ""
    found = ".".join(map(str, sys.version_info[:3]))
    good = SpecifierSet(needed).contains(found)
    remedy = "" if good else f"use a Python {needed}"
    why = "NNI 3.0 and torchtext 0.6.0 are of 2023 and 2020; 3.11 is the Python they were tried with"
    return Finding("python", found, needed, "ok" if good else "wrong", why, remedy)


def package(requirement: Requirement) -> Finding:
    """Return whether a required package is there in a version that works."""
    name, needed = requirement.name, str(requirement.specifier)
    why, remedy = reason(name), f'pip install "{name}{needed}"'
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, "missing", needed, "wrong", why, remedy)
    if not requirement.specifier.contains(found, prereleases=True):
        return Finding(name, found, needed, "wrong", why, remedy)
    return Finding(name, found, needed, "ok", why)


def import_findings() -> Iterator[Finding]:
    """Yield what is said of the imports that are known to break."""
    there = find_spec("pkg_resources") is not None
    yield Finding(
        "pkg_resources",
        "found" if there else "missing",
        "found",
        "ok" if there else "wrong",
        "nnictl imports it; it is a part of setuptools below 81",
        "" if there else 'pip install "setuptools<81"',
    )
    yield importable("torch", "everything is trained with it", "reinstall torch; its wheel does not fit this machine")
    yield importable("torchtext", reason("torchtext"), "pip install torchtext==0.6.0")


def importable(name: str, why: str, remedy: str) -> Finding:
    """Return whether a module can be imported; a compiled library that does not load counts as no."""
    try:
        import_module(name)
    except Exception as error:  # a broken library fails as it likes
        told = " ".join(str(error).split())[:120]
        return Finding(f"import {name}", f"fails: {told}", "works", "wrong", why, remedy)
    return Finding(f"import {name}", "works", "works", "ok", why)


def tuner() -> Finding:
    """Return whether NNI knows our tuner by its name."""
    from nni_autoattend.nnictl.registration import TUNER, registration

    why = f"an experiment.yml for nnictl names the tuner {TUNER}; searches without nnictl do not need it"
    try:
        state = registration()
    except Exception as error:  # a broken installation of NNI fails as it likes
        told = " ".join(str(error).split())[:120]
        return Finding("nni tuner", f"fails: {told}", "registered", "wrong", why, 'pip install "nni==3.0"')
    if state == "registered":
        return Finding("nni tuner", "registered", "registered", "ok", why)
    if state == "absent":
        return Finding("nni tuner", "not registered", "registered", "note", why, "nni-autoattend register")
    remedy = f"nnictl algo unregister {TUNER}, then nni-autoattend register"
    return Finding("nni tuner", "somebody else's", "registered", "note", why, remedy)


def browser() -> Finding:
    """Return whether a headless browser is there for the tests of the report and of NNI's page."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    why = "only tests need it: they render the report and NNI's page, and are skipped without"
    if found is None:
        return Finding("chromium", "missing", "optional", "note", why, "apt-get install chromium")
    return Finding("chromium", found, "optional", "ok", why)


def cores() -> Finding:
    """Return how many cores this process may use, and whether its threads fit them."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = os.environ.get("OMP_NUM_THREADS", "")
    found = f"{usable} usable" + (f", OMP_NUM_THREADS={threads}" if threads else "")
    why = "the recipes named -2core are measured on two cores; more threads than cores slow torch down"
    if threads.isdigit() and int(threads) > usable:
        return Finding("cores", found, "", "note", why, f"--threads {usable}, or OMP_NUM_THREADS={usable}")
    return Finding("cores", found, "", "ok", why)


def memory() -> Finding:
    """Return how much memory the machine has."""
    why = "a search of the 24-layer text space stays below 4 GiB"
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return Finding("memory", "unknown", "4 GiB", "note", why)
    found = f"{total / GIB:.1f} GiB"
    if total < LEAST_MEMORY:
        return Finding("memory", found, "4 GiB", "note", why, "use a smaller space: --space autoattend-text-small")
    return Finding("memory", found, "4 GiB", "ok", why)


def disk(root: Path) -> Finding:
    """Return whether runs can be written to ``root``, and how much room there is."""
    folder = root.absolute()
    while not folder.exists():
        folder = folder.parent
    why = f"runs, with their checkpoints, are written to {root}"
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return Finding("disk", "not writable", "1 GiB", "wrong", why, "set AUTOATTEND_HOME to a folder of your own")
    free = shutil.disk_usage(folder).free
    found = f"{free / GIB:.1f} GiB free"
    if free < LEAST_DISK:
        return Finding("disk", found, "1 GiB", "wrong", why, "make room, or set AUTOATTEND_HOME to another disk")
    return Finding("disk", found, "1 GiB", "ok", why)
