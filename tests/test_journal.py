from pathlib import Path

import pytest

from nni_autoattend.errors import RunFolderError
from nni_autoattend.journal import Journal


def test_records_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "run" / "journal.jsonl"
    journal = Journal(path)
    journal.record("evaluation", "a", fitness=0.5, architecture=[1])
    journal.record("evaluation", "b", fitness=0.25)
    journal.record("retrain", "a", score=0.75)
    again = Journal(path)
    assert again.find("evaluation", "a") == {"stage": "evaluation", "key": "a", "fitness": 0.5, "architecture": [1]}
    assert again.find("retrain", "a") == {"stage": "retrain", "key": "a", "score": 0.75}
    assert again.find("retrain", "b") is None
    assert again.events == journal.events
    assert [event["key"] for event in again.of_stage("evaluation")] == ["a", "b"]


def test_a_line_cut_short_is_forgotten_and_mended(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.record("evaluation", "a", fitness=0.5)
    journal.record("evaluation", "b", fitness=0.25)
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])  # a kill in mid-line
    resumed = Journal(path)
    assert [event["key"] for event in resumed.events] == ["a"]
    resumed.record("evaluation", "b", fitness=0.25)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("cut", range(1, 30))
def test_wherever_the_line_was_cut(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).record("evaluation", "only", fitness=0.5)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    resumed = Journal(path)
    assert resumed.events == []
    resumed.record("evaluation", "only", fitness=0.5)
    assert path.read_bytes() == whole


def test_without_a_path_it_lives_in_memory(tmp_path: Path) -> None:
    journal = Journal()
    journal.record("trial", "a", fitness=1)
    assert journal.find("trial", "a") == {"stage": "trial", "key": "a", "fitness": 1}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["[1]\n", '{"stage": "x"}\n', "not json\n", '{"stage": "x"\n{"key": 1}\n'])
def test_a_file_that_is_no_journal_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text(text)
    with pytest.raises(RunFolderError, match=r"journal\.jsonl"):
        Journal(path)
