from pathlib import Path

import pytest

from nni_autoattend.history import COLUMNS, History, read_history


def test_rows_become_a_table(tmp_path: Path) -> None:
    history = History(tmp_path / "run" / "history.csv")
    history.add("supernet", epoch=1, step=10, loss=1.5)
    history.add("retrain", epoch=1, score=0.5, skipped=0, seconds=2.5)
    history.write()
    assert (tmp_path / "run" / "history.csv").read_text().splitlines()[0] == ",".join(COLUMNS)
    assert read_history(tmp_path / "run" / "history.csv") == [
        dict.fromkeys(COLUMNS, "") | {"phase": "supernet", "epoch": "1", "step": "10", "loss": "1.5"},
        dict.fromkeys(COLUMNS, "")
        | {"phase": "retrain", "epoch": "1", "score": "0.5", "skipped": "0", "seconds": "2.5"},
    ]


def test_figures_survive_the_table_exactly(tmp_path: Path) -> None:
    history = History(tmp_path / "history.csv")
    history.add("supernet", loss=0.1 + 0.2)
    history.write()
    assert float(read_history(history.path or Path())[0]["loss"]) == 0.1 + 0.2


def test_a_resumed_history_is_the_same_table(tmp_path: Path) -> None:
    whole, first = History(tmp_path / "whole.csv"), History()
    for history in (whole, first):
        history.add("supernet", epoch=1)
    resumed = History(tmp_path / "resumed.csv", first.rows)
    for history in (whole, resumed):
        history.add("supernet", epoch=2)
        history.write()
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "resumed.csv").read_bytes()
    assert len(first.rows) == 1


def test_drop_forgets_one_phase() -> None:
    history = History()
    history.add("supernet", epoch=1)
    history.add("retrain", epoch=1)
    history.drop("supernet")
    assert [row["phase"] for row in history.rows] == ["retrain"]


def test_unknown_figures_are_a_programming_error() -> None:
    with pytest.raises(TypeError, match="no columns \\['los'\\]"):
        History().add("supernet", los=1.0)


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    history = History()
    history.add("supernet", epoch=1)
    history.write()
    assert list(tmp_path.iterdir()) == []
    assert read_history(tmp_path / "absent.csv") == []
