"""The trial overhead benchmark: one test with real trials, the others with shells that write the marks themselves."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from benchmarks import trial_overhead
from benchmarks._overhead_file import save, table
from benchmarks._overhead_manager import OverheadManager, serving
from benchmarks._overhead_marks import BEGINS, DONE, read_marks
from benchmarks.trial_overhead import COLD, PLAIN, WARM
from nni_autoattend.errors import AutoAttendError
from nni_autoattend.progress import SilentObserver

ROUNDS = [
    {"plain": (8.0, 10.0), "warm": (0.25, 1.0)},
    {"plain": (9.0, 12.0), "warm": (0.5, 2.0)},
    {"plain": (10.0, 20.0), "warm": (0.75, 1.5)},
]


def test_marks_are_found_among_other_output() -> None:
    assert read_marks(f"some words\n{BEGINS} 12.5\nloss 0.3\n{DONE} 13.25\n") == (12.5, 13.25)
    with pytest.raises(AutoAttendError, match="did not come to its first training step"):
        read_marks(f"{BEGINS} 12.5\n")


def test_medians_and_ratios_go_into_the_file_and_the_table(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    settings = {"task": "listops", "space": "small", "rounds": 4, "threads": 1}
    save(path, ROUNDS, 4, settings, "a command")
    value = json.loads(path.read_text())
    assert (value["command"], value["complete"], value["machine"]["load"] >= 0) == ("a command", False, True)
    assert value["ways"]["plain"]["median"] == {"begins": 9.0, "done": 12.0}
    assert value["ways"]["warm"]["median"] == {"begins": 0.5, "done": 1.5}
    assert [value["ways"][way]["times_faster"] for way in ("plain", "warm")] == [1.0, 10.0]  # round by round
    assert "| warm | 0.50 | 1.50 | 1.00 to 2.00 | 10.0 |" in table(path)
    assert "not all rounds are measured yet" in table(path)


def test_the_ways_take_turns_on_equal_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, Any, str]] = []

    def time_trial(
        self: OverheadManager, command: Sequence[str], parameters: Mapping[str, Any], code: Path, output: Path
    ) -> tuple[float, float]:
        assert (code / "autoattend.yml").is_file()
        assert (output.parents[3] / "run" / "run.yaml").is_file()  # where our trial looks for it
        started.append((command[2], dict(parameters), output.parents[3].name))
        return float(len(started)), 2.0 * len(started)

    monkeypatch.setattr(OverheadManager, "time_trial", time_trial)
    monkeypatch.setattr(trial_overhead, "marked_nursery", lambda run: nullcontext())
    path = trial_overhead.run(trial_overhead.Options(rounds=2, results=tmp_path), SilentObserver())
    plain, cold, warm = (trial_overhead.COMMANDS[way][0] for way in (PLAIN, COLD, WARM))
    assert [module for module, _, _ in started] == [warm, plain, cold, plain, cold, warm, cold, warm, plain]
    for trials in (started[:3], started[3:6], started[6:]):
        assert all(parameters == trials[0][1] for _, parameters, _ in trials)
        assert len({experiment for _, _, experiment in trials}) == 3
    assert started[0][1] != started[3][1]
    ways = json.loads(path.read_text())["ways"]
    assert ways[PLAIN]["begins"] == [4.0, 9.0]  # the first round is not counted
    assert ways[WARM]["done"] == [12.0, 16.0]


def test_a_trial_is_started_by_a_shell_with_nnis_environment(tmp_path: Path) -> None:
    program = f"""if True:
        import json, os, urllib.request
        with urllib.request.urlopen(os.environ["NNI_TRIAL_COMMAND_CHANNEL"]) as answer:
            told = json.loads(json.loads(answer.read())["parameter"])["parameters"]
        assert told == {{"gene": "value"}} and os.getcwd() == os.environ["NNI_CODE_DIR"]
        print({BEGINS!r}, 4e9)
        print({DONE!r}, 5e9)
    """
    code = tmp_path / "code"
    code.mkdir()
    with serving(OverheadManager()) as manager:
        begins, done = manager.time_trial([sys.executable, "-c", program], {"gene": "value"}, code, tmp_path / "out")
        assert done - begins == pytest.approx(1e9)
        with pytest.raises(AutoAttendError, match="first training step: no such thing"):
            failing = shlex.split("bash -c 'echo no such thing >&2; exit 2'")
            manager.time_trial(failing, {}, code, tmp_path / "failed")


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / trial_overhead.RESULT, ROUNDS, 3, {"task": "t", "space": "s", "rounds": 3, "threads": 1}, "c")
    assert trial_overhead.main(["--table", "--results", str(tmp_path)]) == 0
    assert capsys.readouterr().out == table(tmp_path / trial_overhead.RESULT)
    assert trial_overhead.main(["--quick", "--data-root", str(tmp_path), "--results", str(tmp_path)]) == 2
    assert "lacks files of task 'trec'" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_way_comes_to_its_first_step(tmp_path: Path) -> None:
    path = trial_overhead.run(trial_overhead.Options(quick=True, results=tmp_path), SilentObserver())
    value = json.loads(path.read_text())
    assert value["complete"]
    assert list(value["ways"]) == [PLAIN, COLD, WARM]
    for figures in value["ways"].values():
        assert 0 < figures["begins"][0] < figures["done"][0]
