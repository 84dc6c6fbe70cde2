"""Which versions this project needs, as its own metadata says, and why each bound stands."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = "nni-autoattend"
REASONS: dict[str, str] = {
    "nni": "3.0 is the last release (its repository is archived); this project is built on its interfaces",
    "setuptools": "nnictl imports pkg_resources, which later releases no longer ship",
    "torch": "2.2 is the oldest with all that is used here; a torch 3 may change what NNI's supernets rely on",
    "numpy": "older releases were not tried beside a current torch and pandas",
    "pytorch-lightning": "NNI imports it by this old name; the ENAS adapter is written for the loaders of 2.1 and on",
    "tianshou": "NNI's ENAS and PolicyBasedRL are written for its interface of 0.4 and 0.5",
    "gym": "NNI's policies import gym, which is no longer developed; this is its last release",
    "torch-geometric": "2.5 and later work without compiled extras",
    "torchtext": "the last release in pure Python; the compiled 0.18 cannot be imported beside torch 2.4 or later",
    "nltk": "torchtext reads the trees of SST with it",
    "pandas": "own data are read with the interface of 2.0 and later",
    "pyarrow": "Parquet files are read with it",
    "scikit-learn": "the TF-IDF baseline uses it",
    "typer": "the command line is made with it",
    "rich": "progress is drawn with it",
    "matplotlib": "the report's curves are drawn with it",
    "pyyaml": "recipes are read with it",
    "safetensors": "models are saved with it",
    "aiohttp": "the proxy that opens NNI's page with a token is made with it",
    "packaging": "this check compares versions with it",
    "filelock": "NNI 3.0 itself demands it, and other packages like to raise it",
    "typeguard": "NNI 3.0 itself demands it, and other packages like to raise it",
}
"""Why a package is needed in these versions; for every requirement of ours, and for bounds that NNI brings along."""

OF_NNI = ("filelock", "typeguard")
"""Requirements of NNI whose upper bounds other packages like to break."""


def requirements() -> list[Requirement]:
    """Return the run-time requirements of this project, and those of NNI that break most easily."""
    own = [Requirement(line) for line in _own_lines()]
    return [requirement for requirement in own if _applies(requirement)] + list(_of_nni())


def reason(name: str) -> str:
    """Return why ``name`` is needed as it is."""
    return REASONS.get(canonical(name), "")


def canonical(name: str) -> str:
    """Return the name of a package in its normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _own_lines() -> list[str]:
    try:
        return requires(PROJECT) or []
    except PackageNotFoundError:
        return _lines_of_checkout(Path(__file__).resolve().parents[2] / "pyproject.toml")


def _lines_of_checkout(path: Path) -> list[str]:
    """Return the dependencies of a checkout that was not installed (Python 3.10 cannot read TOML: none)."""
    if sys.version_info < (3, 11) or not path.is_file():
        return []
    import tomllib

    lines: list[str] = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"]
    return lines


def _of_nni() -> Iterator[Requirement]:
    try:
        lines = requires("nni") or []
    except PackageNotFoundError:
        return
    for line in lines:
        requirement = Requirement(line)
        if canonical(requirement.name) in OF_NNI and _applies(requirement):
            yield requirement


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
