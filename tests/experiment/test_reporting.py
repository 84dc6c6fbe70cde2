import shutil
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.errors import RunFolderError
from nni_autoattend.experiment.candidates import find_candidates
from nni_autoattend.experiment.door import open_run
from nni_autoattend.experiment.reporting import report_data, write_run_report
from nni_autoattend.experiment.run import Run


def test_what_the_report_is_given(finished: Run) -> None:
    run = finished
    data = report_data(run.files)
    assert data.architecture == run.best
    assert list(data.results) == list(run.results)
    assert [event["fitness"] for event in data.evaluations] == [0.5, 0.4]
    assert sum(map(sum, data.confusion)) == 25
    assert len(data.confusion) == len(data.labels) == 10
    assert data.settings["space"]["genes"]["layers"] == 2
    assert {"torch", "processor", "search"} <= data.environment.keys()
    assert data.environment["threads"] == "1"
    assert len(data.history) == 18


def test_made_again_from_the_folder_alone(finished: Run, tmp_path: Path) -> None:
    page = (finished.folder / "report.html").read_text()
    shutil.copytree(finished.folder, tmp_path / "moved")
    (tmp_path / "moved" / "report.html").unlink()
    assert open_run(tmp_path / "moved").report().read_text() == page


def test_a_search_without_results_has_a_report(bench: Any, toy: Any) -> None:
    with pytest.raises(RunFolderError, match=r"best\.json is missing"):
        write_run_report(bench.folder)
    find_candidates(bench)
    assert "<svg" in write_run_report(bench.folder).read_text()
    data = report_data(bench.folder)
    assert (list(data.results), list(data.confusion)) == ([], [])
