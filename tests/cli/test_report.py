from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.experiment.run import Run


def test_the_report_is_written_anew(cli: Any, carried_out: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("search", "--strategy", "autoattend", "--set", "data.size=100", "--run-dir", "mine")

    def written(self: Run) -> Path:
        print("a library prints")
        return self.files.report

    monkeypatch.setattr(Run, "report", written)
    answer = cli("report", "mine")
    assert (answer.code, answer.out) == (0, "mine/report.html\n")
    assert cli("report", "mine", "--json").json() == {"run": "mine", "report": "mine/report.html"}


def test_a_run_that_is_not_there(cli: Any) -> None:
    answer = cli("report", "nowhere")
    assert (answer.code, answer.out) == (2, "")
    assert "nowhere is no run folder" in answer.err
