"""The tuner's own thread: opens the run folder, drives the search, and tells the manager how it ended."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nni_autoattend.datasets.by_modality import load_splits
from nni_autoattend.errors import AutoAttendError, DataError, RunFolderError
from nni_autoattend.experiment import lock
from nni_autoattend.experiment.run_folder import RunFolder, make_folder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.files import sweep_temporaries
from nni_autoattend.nnictl.closing import close
from nni_autoattend.nnictl.desk import FAILURES, Desk
from nni_autoattend.nnictl.driving import Drive
from nni_autoattend.nnictl.exposure import warn_if_open
from nni_autoattend.nnictl.ledger import Ledger, score_of
from nni_autoattend.nnictl.manager import Manager
from nni_autoattend.nnictl.nursery_keeper import nursery
from nni_autoattend.nnictl.parameters import Order
from nni_autoattend.nnictl.settings_file import fingerprint
from nni_autoattend.nnictl.surroundings import Surroundings

UNREAD = "not read: the trials run on other machines"
"""Fingerprint of data that the tuner's machine does not have."""
_PATIENCE = 60.0  # seconds to wait for the lock: the tuner of a manager that was killed takes a while to notice

_logger = logging.getLogger("nni_autoattend.nnictl")


class SearchThread:
    """One life of an experiment's search.

    Args:
        surroundings: the experiment.
        settings: of its trials.
        strategy: the strategy as the tuner was told it.
        manager: NNI's manager.
    """

    def __init__(self, surroundings: Surroundings, settings: RunSettings, strategy: str, manager: Manager) -> None:
        self.surroundings, self.settings, self.manager = surroundings, settings, manager
        self.folder = RunFolder(surroundings.run)
        self.over = False
        self.desk = Desk(manager.send_trial, surroundings.trials or settings.strategy.search.trials)
        self._order = Order(strategy=strategy, settings=fingerprint(settings))
        self._recovered = manager.take_over_recovered()
        self.desk.expect(self._recovered)
        self._ledger: Ledger | None = None

    def run(self, imported: Sequence[dict[str, Any]]) -> None:
        """Search to the end, or to a failure that the manager is told of."""
        if self.surroundings.port is not None:
            warn_if_open(self.surroundings.port)
        try:
            make_folder(self.folder.path)
            with lock.locked(self.folder.path, _PATIENCE):
                self._open()
                self.remember(imported)
                with nursery(self.surroundings, self.folder):
                    self._drive()
        except AutoAttendError as error:
            self._fail(str(error))
        except Exception as error:  # a strategy of one's own fails as it likes
            _logger.exception("the search failed")
            self._fail(f"the search failed: {type(error).__name__}: {error}")

    def result(self, number: int, value: Any, job: str | None) -> None:
        """Take the final metric of a trial; one that is not a finite number is a failure."""
        with self._failures_told():
            self.desk.result(number, value if score_of(value) is not None else None, job)

    def ended(self, number: int) -> None:
        """Take the end of a trial."""
        with self._failures_told():
            self.desk.ended(number)

    def remember(self, imported: Sequence[dict[str, Any]]) -> None:
        """Keep results of trials that this life did not start; what is not of this space is left out."""
        for entry in imported:
            try:
                if self._ledger is not None:
                    order = Order.from_parameters(entry.get("parameter"))
                    self._ledger.record(order, entry.get("value"), entry.get("trialJobId"))
            except AutoAttendError as error:
                _logger.warning("an imported result is left out: %s", error)

    def _open(self) -> None:
        data = self._data_fingerprint()
        if not self.folder.described:
            self.folder.describe(self.settings, data, "nnictl create --config experiment.yml")
        known = self.folder.description()["data_fingerprint"]
        if data != known and UNREAD not in (data, known):
            raise RunFolderError(f"the data have changed since experiment {self.surroundings.folder.name} was created")
        sweep_temporaries(self.folder.path)
        self.folder.status_file.unlink(missing_ok=True)
        self._ledger = Ledger(self.folder, self.settings)

    def _data_fingerprint(self) -> str:
        try:
            return str(load_splits(self.settings.data).fingerprint())
        except DataError:
            if self.surroundings.local:
                raise
            return UNREAD

    def _drive(self) -> None:
        assert self._ledger is not None
        self.desk.started = self._ledger.finished
        told = Drive(self.settings, self._order, self.desk, self._ledger, self._recovered).run()
        self.over = True
        if not self.desk.closed:
            _logger.info("the search is over: %s", told)
            self.folder.finish()
            self.manager.no_more()
            close(self.surroundings)

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        """Tell what goes wrong in the dispatcher's thread, where an exception would end it without a word."""
        try:
            yield
        except AutoAttendError as error:
            self._fail(str(error))
        except Exception as error:  # a strategy of one's own takes a result as it likes
            _logger.exception("a result could not be taken")
            self._fail(f"a result could not be taken: {type(error).__name__}: {error}")
        if self.desk.failing and not self.desk.closed:
            self._fail(f"the first {FAILURES} trials all failed; the stderr of one on NNI's page says why")

    def _fail(self, line: str) -> None:
        self.desk.close()
        _logger.error(line)
        self.manager.fail(line)
