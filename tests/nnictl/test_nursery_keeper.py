import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.nnictl.nursery_keeper import nursery
from nni_autoattend.nnictl.surroundings import Surroundings


class Kept:
    """A process that notes how it was started and ended."""

    made: list["Kept"]

    def __init__(self, command: list[str], **options: Any) -> None:
        self.command, self.options, self.said = command, options, ["started"]
        Kept.made.append(self)

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *of: object) -> None:
        self.said.append("waited for")

    def terminate(self) -> None:
        self.said.append("ended")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Kept]:
    Kept.made = []
    monkeypatch.setattr(subprocess, "Popen", Kept)
    return Kept.made


def test_it_lives_as_long_as_the_search(made: list[Kept], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDK_PROCESS", "dispatcher")  # under which nni lacks what a trial needs
    with pytest.raises(KeyError), nursery(Surroundings(tmp_path, tmp_path / "code"), RunFolder(tmp_path / "run")):
        assert made[0].said == ["started"]
        raise KeyError("a search that fails")
    (kept,) = made
    assert kept.said == ["started", "ended", "waited for"]
    module = "nni_autoattend.nnictl.nursery"
    assert kept.command == [sys.executable, "-m", module, str(tmp_path / "run"), str(os.getpid())]
    assert kept.options["cwd"] == tmp_path / "code"
    assert kept.options["env"] == {key: value for key, value in os.environ.items() if key != "SDK_PROCESS"}
    assert kept.options["stdin"] == subprocess.DEVNULL


def test_other_machines_have_none(made: list[Kept], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with nursery(Surroundings(tmp_path, tmp_path, local=False), RunFolder(tmp_path)):
        pass
    monkeypatch.setattr(sys, "platform", "darwin")
    with nursery(Surroundings(tmp_path, tmp_path), RunFolder(tmp_path)):
        pass
    assert made == []
