from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.cli.outcome import outcome
from nni_autoattend.experiment.door import open_run


def test_the_outcome_of_a_run(cli: Any, carried_out: Any) -> None:
    cli("search", "--strategy", "autoattend", "--set", "data.size=100", "--run-dir", "mine")
    value = outcome(open_run(Path("mine")))
    assert value.keys() == {"run", "state", "report", "metric", "labels", "best", "results", "notes"}
    assert value["best"] == open_run("mine").best.to_json()
    assert value["results"][1].verdict == "beats"


@pytest.mark.parametrize(
    ("task", "told"),
    [("listops", "predict with: nni-autoattend predict mine FILE"), ("communities", "without a label")],
)
def test_it_says_how_to_predict(cli: Any, carried_out: Any, task: str, told: str) -> None:
    ended = cli("search", "--task", task, "--set", "data.size=100", "--run-dir", "mine")
    assert ended.code == 0
    assert told in ended.out.splitlines()[-1]
