from typing import Any

import pytest

from nni_autoattend.errors import DataError, RunFolderError
from nni_autoattend.experiment.run import Run


def test_a_run_that_has_nothing_yet(bench: Any) -> None:
    run = Run(bench.folder)
    assert run.state == "unfinished"
    assert run.settings == bench.settings
    assert repr(run) == f"Run({str(bench.folder.path)!r}, unfinished)"
    for ask in (lambda: run.best, lambda: run.results, lambda: run.candidates, lambda: run.predict(["x"]), run.report):
        with pytest.raises(RunFolderError):
            ask()


def test_predict_refuses_what_is_no_text(finished: Run) -> None:
    run = finished
    with pytest.raises(DataError, match="list of texts"):
        run.predict("one text")
    with pytest.raises(DataError, match="text 2"):
        run.predict(["a", None])
    assert run.predict([]) == []
