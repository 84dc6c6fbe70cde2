"""Shared by all tests: one thread (two torch jobs would slow each other), no writing outside ``tmp_path``."""

import os
from pathlib import Path
from random import Random

import pytest

from nni_autoattend.experiment import nni_experiments

os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def _isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOATTEND_HOME", str(tmp_path / "runs"))
    monkeypatch.setattr(nni_experiments, "nni_home", lambda: tmp_path / "nni-experiments")


@pytest.fixture
def shared_data() -> Path:
    """Real benchmark data beside the checkout; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared benchmark data is not beside this checkout")
    return SHARED_DATA


@pytest.fixture
def rng() -> Random:
    """A seeded generator."""
    return Random(20210718)
