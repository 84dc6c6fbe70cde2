import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.nnictl import trial_work
from nni_autoattend.nnictl.nursery_rehearsal import rehearse
from nni_autoattend.nnictl.settings_file import fingerprint, read_settings


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What a process keeps for its forks; forgotten after the test, like the number of threads."""
    threads, data = torch.get_num_threads(), dict[str, Any]()
    monkeypatch.setattr(trial_work, "_kept", data)
    monkeypatch.setattr(trial_work, "default_threads", None)
    yield data
    torch.set_num_threads(threads)


@pytest.fixture
def run(tmp_path: Path, toy_settings: Callable[..., Any]) -> RunFolder:
    (tmp_path / "autoattend.yml").write_text(yaml.safe_dump(toy_settings()), encoding="utf-8")
    folder = RunFolder(tmp_path / "run")
    folder.describe(read_settings(tmp_path / "autoattend.yml"), "print", "command")
    return folder


def test_the_data_are_kept_and_nothing_random_is_drawn(kept: dict[str, Any], run: RunFolder) -> None:
    torch.set_num_threads(2)
    before = torch.get_rng_state()
    rehearse(run)
    assert list(kept) == [fingerprint(run.settings())]
    assert len(kept[fingerprint(run.settings())].train) == 100
    assert torch.equal(torch.get_rng_state(), before)
    assert (torch.get_num_threads(), trial_work.default_threads) == (1, 2)


def test_data_that_cannot_be_used_are_the_trials_to_tell(
    kept: dict[str, Any], tmp_path: Path, toy_settings: Callable[..., Any]
) -> None:
    settings = toy_settings(data={"task": "trec", "root": str(tmp_path)})
    (tmp_path / "autoattend.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    folder = RunFolder(tmp_path / "run")
    folder.describe(read_settings(tmp_path / "autoattend.yml"), "print", "command")
    rehearse(folder)
    assert kept == {}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_no_thread_is_left_that_a_fork_would_miss(run: RunFolder) -> None:
    program = """if True:
        import os, sys
        from pathlib import Path
        from nni_autoattend.experiment.run_folder import RunFolder
        from nni_autoattend.nnictl.nursery_rehearsal import rehearse

        rehearse(RunFolder(Path(sys.argv[1])))
        print(len(os.listdir("/proc/self/task")))
    """
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # NumPy's stop at a fork by themselves
    environment.pop("OMP_NUM_THREADS", None)
    done = subprocess.run(
        [sys.executable, "-c", program, str(run.path)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"
