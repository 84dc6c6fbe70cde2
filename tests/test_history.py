from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nni_autoattend.errors import StorageError
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


def table(history: History) -> list[dict[str, str]]:
    return [dict.fromkeys(COLUMNS, "") | {name: str(value) for name, value in row.items()} for row in history.rows]


@given(st.lists(st.sampled_from(["add one", "add two", "drop one", "write", "delete", "another wrote"])))
def test_the_file_is_the_table_whatever_happened_before(
    tmp_path_factory: pytest.TempPathFactory, did: list[str]
) -> None:
    path = tmp_path_factory.mktemp("run") / "history.csv"
    history = History(path)
    for number, act in enumerate([*did, "write"]):
        match act.split():
            case ["add", phase]:
                history.add(phase, epoch=number)
            case ["drop", phase]:
                history.drop(phase)
            case ["write"]:
                history.write()
                assert read_history(path) == table(history)
            case ["delete"]:
                path.unlink(missing_ok=True)
            case _:
                path.write_text("something else")
    assert read_history(path) == table(history)


def test_rows_that_the_file_holds_are_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path / "history.csv")
    history.add("found", epoch=1)
    history.write()
    monkeypatch.setattr("nni_autoattend.history.write_text", lambda *_: pytest.fail("written whole"))
    history.drop("gcn")  # has no rows yet
    for epoch in (1, 2):
        history.add("gcn", epoch=epoch)
        history.write()
    history.write()
    assert [row["phase"] for row in read_history(tmp_path / "history.csv")] == ["found", "gcn", "gcn"]


def test_a_line_that_a_kill_cut_short_is_no_row_and_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    history = History(path)
    history.add("found", epoch=1, score=0.5)
    history.write()
    whole = path.read_text()
    path.write_text(whole + "found,2,")
    earlier = read_history(path)
    assert [row["epoch"] for row in earlier] == ["1"]
    History(path, [dict(row) for row in earlier]).write()
    assert path.read_text() == whole


def test_a_full_disk_is_told_and_the_next_writing_mends_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(tmp_path / "history.csv")
    history.add("found", epoch=1)
    history.write()
    history.add("found", epoch=2)

    def full(path: Path, text: str) -> None:
        with path.open("a") as handle:
            handle.write(text[:4])
        raise StorageError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("nni_autoattend.history.append_text", full)
        with pytest.raises(StorageError):
            history.write()
    history.write()
    assert read_history(tmp_path / "history.csv") == table(history)


def test_unknown_figures_are_a_programming_error() -> None:
    with pytest.raises(TypeError, match="no columns \\['los'\\]"):
        History().add("supernet", los=1.0)


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    history = History()
    history.add("supernet", epoch=1)
    history.write()
    assert list(tmp_path.iterdir()) == []
    assert read_history(tmp_path / "absent.csv") == []
