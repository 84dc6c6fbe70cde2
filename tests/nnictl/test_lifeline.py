import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nni_autoattend.nnictl import lifeline

ROOT = Path(__file__).resolve().parents[2]


def test_it_watches_as_long_as_the_parent_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = iter([1, 1, 1, 2])
    ended: list[int] = []
    monkeypatch.setattr(lifeline.os, "getppid", lambda: next(parents))
    monkeypatch.setattr(lifeline.os, "_exit", ended.append)
    lifeline.end_with_parent(0.0).join(10)
    assert ended == [lifeline.ORPHANED]
    assert list(parents) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="an orphan keeps its parent's number there")
def test_a_real_orphan_ends() -> None:
    orphan = "import time; from nni_autoattend.nnictl.lifeline import end_with_parent; end_with_parent(0.05); "
    parent = textwrap.dedent(
        f"""
        import os, signal, subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", {orphan + "print(1, flush=True); time.sleep(600)"!r}],
                                 stdout=subprocess.PIPE)
        child.stdout.readline()
        print(child.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # The orphan has the error stream of the run: it returns when the orphan is gone, and not before.
    done = subprocess.run([sys.executable, "-c", parent], env=environment, capture_output=True, text=True, timeout=60)
    assert int(done.stdout) > 0
