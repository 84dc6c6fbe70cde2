import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.lock import NAME, is_locked, locked


def test_one_at_a_time(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert is_locked(tmp_path)
        with pytest.raises(RunFolderError, match=f"in use by process {os.getpid()}"), locked(tmp_path):
            pass
    assert not is_locked(tmp_path)


def test_who_has_time_waits(tmp_path: Path) -> None:
    with ExitStack() as held:
        held.enter_context(locked(tmp_path))
        freeing = threading.Timer(0.3, held.close)
        freeing.start()
        with locked(tmp_path, seconds=30):
            assert is_locked(tmp_path)
        freeing.join()


def test_an_error_frees_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError
    with locked(tmp_path):
        pass


def test_a_left_over_file_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("1")  # process 1 lives, but holds nothing
    with locked(tmp_path):
        assert (tmp_path / NAME).read_text() == str(os.getpid())


@pytest.mark.slow
def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom nni_autoattend.experiment.lock import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert is_locked(tmp_path)
        process.kill()
        process.wait()
    with locked(tmp_path):
        pass
