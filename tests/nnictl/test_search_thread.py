import threading
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nni_autoattend.errors import StorageError
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.nnictl import search_thread
from nni_autoattend.nnictl.driving import Drive
from nni_autoattend.nnictl.manager import Manager
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.nnictl.search_thread import SearchThread
from nni_autoattend.nnictl.surroundings import Surroundings


class Dispatcher:
    def __init__(self) -> None:
        self.errors: list[str] = []
        self.sent: list[Any] = []

    def send_trial(self, number: int, parameters: Any) -> None:
        self.sent.append(parameters)

    def send(self, command: Any, content: str) -> None:
        self.sent.append(command.name)

    def report_error(self, line: str) -> None:
        self.errors.append(line)


@pytest.fixture
def dispatcher() -> Dispatcher:
    return Dispatcher()


@pytest.fixture
def settings() -> RunSettings:
    data = {"task": "listops", "size": 100}
    return resolve_settings("autoattend-text-small", "autoattend", data, overrides={"space.genes.layers": 2})


@pytest.fixture
def search(
    settings: RunSettings, dispatcher: Dispatcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SearchThread:
    (tmp_path / "abc").mkdir()
    monkeypatch.setattr(search_thread, "nursery", lambda *of: nullcontext())
    surroundings = Surroundings(tmp_path / "abc", tmp_path)
    return SearchThread(surroundings, settings, "autoattend", Manager(dispatcher.send_trial))


def finishing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drive, "run", lambda self: "done")


def test_a_life_from_its_folder_to_its_end(
    search: SearchThread, dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    finishing(monkeypatch)
    search.run([])
    assert search.over and search.folder.finished
    assert (dispatcher.sent, dispatcher.errors) == (["NoMoreTrialJobs"], [])
    assert search.folder.description()["data_fingerprint"]
    assert not lock.is_locked(search.folder.path)


def test_other_data_under_the_same_name_are_refused(
    search: SearchThread, settings: RunSettings, dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    finishing(monkeypatch)
    search.folder.describe(settings, "of other data", "command")
    search.run([])
    assert dispatcher.errors == ["the data have changed since experiment abc was created"]


def test_a_successor_waits_for_the_lock_of_a_tuner_that_was_killed(
    search: SearchThread, dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    finishing(monkeypatch)
    search.folder.path.mkdir()
    waited = threading.Event()

    def sleep(seconds: float) -> None:
        waited.set()
        time.sleep(seconds)

    monkeypatch.setattr(lock, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    waiting = threading.Thread(target=search.run, args=([],))
    with lock.locked(search.folder.path):
        waiting.start()
        assert waited.wait(30)
        assert not search.over
    waiting.join(60)
    assert search.over and dispatcher.errors == []


def test_whatever_goes_wrong_is_told(
    search: SearchThread, dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Drive) -> str:
        raise ZeroDivisionError("a strategy of one's own")

    monkeypatch.setattr(Drive, "run", fail)
    search.run([])
    assert dispatcher.errors == ["the search failed: ZeroDivisionError: a strategy of one's own"]
    assert search.desk.closed and not search.folder.finished


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StorageError("cannot write journal.jsonl: no space"), "cannot write journal.jsonl: no space"),
        (KeyError("x"), "a result could not be taken: KeyError: 'x'"),
    ],
)
def test_a_result_that_cannot_be_kept_does_not_end_the_dispatcher_without_a_word(
    error: Exception, told: str, search: SearchThread, dispatcher: Dispatcher
) -> None:
    def fail(value: Any, job: str | None) -> None:
        raise error

    search.desk.request([0])
    search.desk.order(Order({"x": 1}), fail)
    search.result(0, 0.5, "job")
    assert dispatcher.errors == [told]
