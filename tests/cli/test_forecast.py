from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.experiment.forecast import GIB, Forecast, MemoryForecast, PhaseForecast

PHASES = (
    PhaseForecast("supernet", 1000, "steps", 600.0, 300.0, 500),
    PhaseForecast("found", 60, "steps", 30.0, 30.0, 60),
    PhaseForecast("other", None, "", 4.0, 4.0, None, "reading the data"),
)
MEMORY = MemoryForecast("supernet", GIB, GIB // 4, 0, GIB // 2, GIB // 4)
CUT = Forecast(PHASES, MEMORY, 400.0, 12.3, 21, ("a note",), ("a lever",))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the door returns, and what it was asked."""
    asked: dict[str, Any] = {"returns": CUT}

    def door(*arguments: Any) -> Forecast:
        asked["arguments"] = arguments
        print("a library prints")
        return asked["returns"]

    monkeypatch.setattr("nni_autoattend.experiment.forecast_door.forecast", door)
    return asked


def test_the_table(cli: Any, made: Any, carried_out: Any, tmp_path: Path) -> None:
    answer = cli("search", "--dry-run", "--strategy", "autoattend", "--budget", "400s", "--run-dir", "mine")
    assert answer.code == 0, answer.err
    lines = [line.split() for line in answer.out.splitlines()]
    assert lines[1][:8] == ["supernet", "1,000", "steps", "10", "min", "00", "s", "cut"]
    assert "cut after 5 min 00 s, 500 steps" in answer.out
    assert "total" in answer.out and "10 min 34 s  5 min 34 s within the budget" in answer.out
    assert "peak memory  2.00 GiB in supernet: process 1.00 GiB, weights 0.25 GiB" in answer.out
    assert "measured     21 real steps, evaluations and fits in 12.3 s" in answer.out
    assert "budget       6 min 40 s: cuts supernet" in answer.out
    assert answer.out.endswith("lever: a lever\nnote: a note\n")
    assert "a library prints" in answer.err
    assert made["arguments"][:3] == (None, "autoattend", {"task": "listops"})
    assert carried_out.times == 0
    assert not (tmp_path / "mine").exists() and not (tmp_path / "runs").exists()


def test_json(cli: Any, made: Any) -> None:
    value = cli("search", "--dry-run", "--json").json()
    assert (value["seconds"], value["expected"], value["peak_memory"]) == (634.0, 334.0, 2 * GIB)
    assert [phase["name"] for phase in value["phases"]] == ["supernet", "found", "other"]
    assert value["levers"] == ["a lever"]


def test_nothing_cut_and_nothing_known(cli: Any, made: Any) -> None:
    phases = (PhaseForecast("supernet", None, "steps", None, remark="not known: mine"), PHASES[1])
    made["returns"] = Forecast(phases, None, 400.0, 1.0, 3)
    out = cli("search", "--dry-run").out
    assert "? steps" in out and "not known: mine" in out
    assert "at least 30.0 s" in out and "peak memory" not in out
    assert "cuts nothing that is known" in out
    made["returns"] = Forecast(PHASES[1:], MEMORY, None, 1.0, 3)
    assert "budget" not in cli("search", "--dry-run").out


def test_a_dry_run_resumes_nothing(cli: Any, made: Any) -> None:
    answer = cli("search", "--dry-run", "--resume", "--run-dir", "mine")
    assert answer.code == 2
    assert "--dry-run forecasts a run that begins: leave --resume out" in answer.err
    assert "arguments" not in made


def test_bad_words_are_told_first(cli: Any, made: Any) -> None:
    assert cli("search", "--dry-run", "--strategy", "nope").code == 2
    assert "arguments" not in made


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_real_one(cli: Any, tmp_path: Path) -> None:
    small = ("space.genes.layers=2", "space.search.width=8", "space.search.heads=2", "data.size=100")
    words = [word for setting in small for word in ("--set", setting)]
    value = cli("search", "--dry-run", "--json", "--threads", "1", "--budget", "5m", *words).json()
    assert value["measured"] > 10 and value["seconds"] > 0
    assert list(tmp_path.iterdir()) == []
