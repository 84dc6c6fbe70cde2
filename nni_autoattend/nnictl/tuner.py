"""The tuner that brings our strategies, and NNI's own NAS strategies, to ``nnictl create``.

NNI's manager gives a tuner ten seconds to connect, and its dispatcher has one thread: nothing heavy is imported here,
nothing blocks here, and the search runs in a thread of its own.
"""

import logging
from collections.abc import Sequence
from functools import partial
from threading import Thread
from typing import Any

from nni.tuner import Tuner

from nni_autoattend.errors import AutoAttendError
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.nnictl.checks import check_class_args, check_search_space, make_importable
from nni_autoattend.nnictl.manager import Later, Manager, SendTrial
from nni_autoattend.nnictl.search_thread import SearchThread
from nni_autoattend.nnictl.surroundings import Surroundings

_logger = logging.getLogger("nni_autoattend.nnictl")


class AutoAttendTuner(Tuner):  # type: ignore[misc]  # NNI has no types
    """Runs any strategy by name: ``tuner: {name: AutoAttend, classArgs: {strategy: autoattend-2core}}``.

    Life: the constructor and ``update_search_space`` check (a problem is kept: NNI has no way to tell it yet); the
    first request for trials starts the search, or puts the experiment into its error state at once; results and ends
    go to the desk. After ``nnictl resume`` earlier results come through ``import_data`` before the first request.

    Args:
        class_args: ``strategy`` and ``settings``; see ``check_class_args``. Taken as they come, because a misspelt one
            must be told, and an exception here would be told as "Tuner did not connect in 10 seconds".
    """

    def __init__(self, **class_args: Any) -> None:
        super().__init__()
        self._class_args = class_args
        self._problem: str | None = None
        self._imported: list[dict[str, Any]] = []
        self._search: SearchThread | None = None
        try:
            self.surroundings = Surroundings.of_tuner()
            self.settings = self._settings()
        except AutoAttendError as error:
            self._note(error)

    def update_search_space(self, search_space: dict[str, Any]) -> None:
        """Check that the config's search space is the recipe's: the recipe is what is searched."""
        if self._problem is None:
            try:
                check_search_space(search_space, self.settings.space.genes)
            except AutoAttendError as error:
                self._note(error)

    def generate_multiple_parameters(
        self, parameter_id_list: Sequence[int], st_callback: SendTrial, **others: Any
    ) -> list[Any]:
        """Take a request for trials; they are sent through ``st_callback`` as the search orders them.

        Args:
            parameter_id_list: numbers of the requested trials.
            st_callback: sends a trial to the manager.
            others: what later dispatchers may add; NNI calls them unstable.
        """
        if self._search is None:
            manager = Manager(st_callback)
            if self._problem is not None:
                manager.fail(self._problem)
                return Later(len(parameter_id_list))
            self._search = self._begin(manager)
        if self._search.over:
            return []
        self._search.desk.request(parameter_id_list)
        return Later(len(parameter_id_list))

    def receive_trial_result(self, parameter_id: int, parameters: Any, value: Any, **others: Any) -> None:
        """Take the final metric of a trial."""
        if self._search is not None:
            self._search.result(parameter_id, value, others.get("trial_job_id"))

    def trial_end(self, parameter_id: int, success: bool, **others: Any) -> None:
        """Take the end of a trial that failed.

        One that succeeded has said so by its final metric; and where several start at a time, NNI 3.0 may hand one the
        parameters of another, and then names the wrong number here.
        """
        if self._search is not None and not success:
            self._search.ended(parameter_id)

    def import_data(self, data: list[dict[str, Any]]) -> None:
        """Take results of an earlier life of the experiment, or of another one."""
        if self._search is None:
            self._imported += data
        else:
            self._search.remember(data)

    def _settings(self) -> RunSettings:
        """Return the settings that the experiment was begun with, whatever its files say by now."""
        kept = RunFolder(self.surroundings.run)
        now = kept.settings if kept.described else partial(check_class_args, self._class_args, self.surroundings.code)
        make_importable(self.surroundings.code)
        return now()

    def _begin(self, manager: Manager) -> SearchThread:
        search = SearchThread(self.surroundings, self.settings, str(self._class_args["strategy"]), manager)
        imported, self._imported = self._imported, []
        Thread(target=search.run, args=(imported,), name="autoattend-search", daemon=True).start()
        return search

    def _note(self, error: AutoAttendError) -> None:
        self._problem = str(error)
        _logger.error(self._problem)
