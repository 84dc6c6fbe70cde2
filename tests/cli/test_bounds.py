from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import tomllib
from packaging.requirements import Requirement

from nni_autoattend.cli import bounds
from nni_autoattend.cli.bounds import canonical, reason, requirements

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def declared() -> set[str]:
    lines = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["dependencies"]
    return {canonical(Requirement(line).name) for line in lines}


def test_every_bound_is_explained() -> None:
    assert declared() | set(bounds.OF_NNI) == bounds.REASONS.keys()
    assert all(reason(requirement.name) for requirement in requirements())


def test_extras_are_not_demanded() -> None:
    names = {canonical(requirement.name) for requirement in requirements()}
    assert {"torch", "nni", "setuptools", "filelock"} <= names
    assert not {"pytest", "ruff", "mypy"} & names


def test_a_checkout_that_is_not_installed_reads_its_own_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(bounds, "requires", absent)
    assert {canonical(requirement.name) for requirement in requirements()} == declared()


def test_names_have_one_form() -> None:
    assert canonical("PyYAML") == "pyyaml"
    assert canonical("pytorch_lightning") == canonical("Pytorch.Lightning") == "pytorch-lightning"
