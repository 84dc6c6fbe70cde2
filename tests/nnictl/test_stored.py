import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nni_autoattend.nnictl.stored import stored_config


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "nni-experiments"
    folder.mkdir(parents=True)
    return folder


def store(folder: Path, identifier: str, *configs: object) -> None:
    database = folder / identifier / "db" / "nni.sqlite"
    database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("create table ExperimentProfile (params text, id text, revision integer)")
        rows = [(json.dumps(config), identifier, number) for number, config in enumerate(configs)]
        connection.executemany("insert into ExperimentProfile values (?, ?, ?)", rows)
        connection.commit()


def test_the_last_revision_of_a_config_is_read(home: Path, tmp_path: Path) -> None:
    store(tmp_path / "größe #1", "abc", {"maxTrialNumber": 1}, {"maxTrialNumber": 2})
    assert stored_config("abc", tmp_path / "größe #1") == {"maxTrialNumber": 2}
    assert stored_config("abc") == {}  # nobody says where
    (home / ".experiment").write_text(json.dumps({"abc": {"logDir": str(tmp_path / "größe #1")}}))
    assert stored_config("abc") == {"maxTrialNumber": 2}


def test_the_usual_folder_needs_no_list(home: Path) -> None:
    store(home, "abc", {"a": 1})
    assert stored_config("abc") == {"a": 1}


def test_what_cannot_be_found_is_left_to_nnictl(home: Path, tmp_path: Path) -> None:
    assert stored_config("abc") == {}
    (home / ".experiment").write_text("[]")
    assert stored_config("abc") == {}
    store(tmp_path, "empty")
    assert stored_config("empty", tmp_path) == {}
    (tmp_path / "broken" / "db").mkdir(parents=True)
    (tmp_path / "broken" / "db" / "nni.sqlite").write_bytes(b"no database at all" * 100)
    assert stored_config("broken", tmp_path) == {}
