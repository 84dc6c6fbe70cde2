"""Real processes, really killed: a search that got SIGKILL in any phase, or a full disk, ends like one that got none.

The moment of a kill is read off the files of the run folder, never off a clock.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.journal import Journal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[1]
MODULE = ("-m", "nni_autoattend")
VALUES = (
    "space.genes.layers=2", "space.search.width=8", "space.search.heads=2", "data.size=300", "data.embedding_width=8",
    "strategy.arguments.paths=2", "strategy.arguments.population=60", "strategy.arguments.rounds=2",
    "strategy.arguments.parents=20", "strategy.arguments.top_k=2", "strategy.search.epochs=3",
    "strategy.search.batch_size=50", "strategy.search.checkpoint_minutes=0", "retrain.epochs=3",
    "retrain.batch_size=50", "retrain.lr=0.01", "retrain.seeds=2", "retrain.top_k=2", "retrain.baselines=[text-cnn]",
)  # fmt: skip
OPTIONS = ("--strategy", "autoattend", "--threads", "1", *(word for value in VALUES for word in ("--set", value)))
EXACT = ("model.safetensors", "model.json", "architectures.jsonl", "best.json")
TIMES = {"seconds", "cpu_seconds", "resumed"}

DRIVER = """
import os, pathlib, resource, signal, sys

how, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.argv = ["nni-autoattend", *sys.argv[4:]]
rename, seen = pathlib.Path.replace, 0

def interrupted(self, target):
    global seen
    seen += pathlib.Path(target).name == name
    if how == "kill" and seen == count:
        os.kill(os.getpid(), signal.SIGKILL)
    renamed = rename(self, target)
    if how == "full" and seen == count:  # from now on every file that grows beyond 2000 bytes meets the limit
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    return renamed

pathlib.Path.replace = interrupted
from nni_autoattend.cli.main import main
main()
"""
"""The command line, interrupted when the file ``name`` is put in place for the ``count``-th time."""


@dataclass(frozen=True)
class Finished:
    code: int
    err: str


def start(*command: object) -> "subprocess.Popen[str]":
    words = [sys.executable, *(str(word) for word in command)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def wait(process: "subprocess.Popen[str]") -> Finished:
    try:
        _, err = process.communicate(timeout=600)
    finally:
        process.kill()
    return Finished(process.returncode, err)


def begin(folder: Path) -> tuple[object, ...]:
    return ("search", *OPTIONS, "--run-dir", folder)


def resume(folder: Path) -> None:
    done = wait(start(*MODULE, "search", "--resume", "--run-dir", folder))
    assert done.code == 0, done.err


def kill_when(folder: Path, moment: Callable[[Path], bool]) -> None:
    process = start(*MODULE, *begin(folder))
    try:
        while not moment(folder):
            assert process.poll() is None, f"it ended before the moment came: {process.communicate()}"
            time.sleep(0.002)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def interrupt(folder: Path, how: str, name: str, count: int) -> Finished:
    return wait(start("-c", DRIVER, how, name, count, *begin(folder)))


def evaluations(folder: Path) -> int:
    return len(Journal(folder / "journal.jsonl").of_stage("evaluation"))


def epochs(folder: Path, phase: str) -> int:
    """Epochs of ``phase`` that ``history.csv`` has; it is written whole, so it can be read at any time."""
    path = folder / "history.csv"
    if not path.exists():
        return 0
    rows = csv.DictReader(path.read_text().splitlines())
    return len({row["epoch"] for row in rows if row["phase"] == phase})


def in_supernet(folder: Path) -> bool:
    return epochs(folder, "supernet") >= 1


def in_evolution(folder: Path) -> bool:
    return evaluations(folder) >= 65  # in the first round, beyond the population


def in_retraining(folder: Path) -> bool:
    return epochs(folder, "retrain found/candidate-2/seed0") >= 1


def remains(folder: Path) -> dict[str, Any]:
    """Everything of a run that must not depend on interruptions: all but times."""
    results = json.loads((folder / "results.json").read_text())
    for row in results["rows"]:
        row.pop("cpu_seconds")
    with (folder / "history.csv").open(newline="") as handle:
        history = [without_times(row) for row in csv.DictReader(handle)]
    return {
        "results": results,
        "journal": [without_times(event) for event in Journal(folder / "journal.jsonl").events],
        "history": history,
        **{name: (folder / name).read_bytes() for name in EXACT},
    }


def without_times(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in TIMES}


def torn(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*.tmp")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run leaves that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    done = wait(start(*MODULE, *begin(folder)))
    assert done.code == 0, done.err
    assert "unmaintained" not in done.err  # the notice of gym, which NNI imports
    found = remains(folder)
    assert len(found["results"]["rows"]) == 3
    return found


def check_resumed(folder: Path, whole: dict[str, Any]) -> None:
    resume(folder)
    assert remains(folder) == whole
    assert torn(folder) == []


def test_killed_in_the_supernet(tmp_path: Path, whole: dict[str, Any]) -> None:
    folder = tmp_path / "run"
    kill_when(folder, in_supernet)
    assert evaluations(folder) == 0
    check_resumed(folder, whole)


def test_killed_in_the_evolution(tmp_path: Path, whole: dict[str, Any]) -> None:
    folder = tmp_path / "run"
    kill_when(folder, in_evolution)
    assert 65 <= evaluations(folder) < 100
    assert not (folder / "architectures.jsonl").exists()
    check_resumed(folder, whole)


def test_killed_in_retraining(tmp_path: Path, whole: dict[str, Any]) -> None:
    folder = tmp_path / "run"
    kill_when(folder, in_retraining)
    assert Journal(folder / "journal.jsonl").of_stage("retrain")[-1]["key"] == "found/candidate-1/seed0"
    check_resumed(folder, whole)


@pytest.mark.parametrize(("name", "count"), [("supernet.pt", 5), ("model.safetensors", 1)])
def test_killed_while_saving(name: str, count: int, tmp_path: Path, whole: dict[str, Any]) -> None:
    folder = tmp_path / "run"
    assert interrupt(folder, "kill", name, count).code == -signal.SIGKILL
    (left,) = torn(folder)  # written, and never put in place
    assert left.startswith(f".{name}.")
    assert (folder / "checkpoints" / "supernet.pt").exists()
    assert not (folder / "model.safetensors").exists()
    check_resumed(folder, whole)


def test_a_full_disk_while_saving_a_checkpoint(tmp_path: Path, whole: dict[str, Any]) -> None:
    """The kernel refuses the sixth checkpoint in its middle; the fifth survives and the run goes on from it."""
    from nni_autoattend.training.checkpoint import load_checkpoint

    folder = tmp_path / "run"
    done = interrupt(folder, "full", "supernet.pt", 5)
    last = done.err.splitlines()[-1]
    assert done.code == 2, done.err
    assert last.startswith("nni-autoattend: cannot write") and "the file saved before it is intact" in last
    assert "Traceback" not in done.err
    saved = load_checkpoint(folder / "checkpoints" / "supernet.pt")
    assert saved is not None and saved["position"]["step"] == 5
    assert torn(folder) == []
    check_resumed(folder, whole)
