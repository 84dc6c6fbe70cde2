from pathlib import Path
from typing import Any

from nni_autoattend.cli.outcome import outcome
from nni_autoattend.experiment.door import open_run


def test_the_outcome_of_a_run(cli: Any, carried_out: Any) -> None:
    cli("search", "--strategy", "autoattend", "--set", "data.size=100", "--run-dir", "mine")
    value = outcome(open_run(Path("mine")))
    assert value.keys() == {"run", "state", "report", "metric", "labels", "best", "results", "notes"}
    assert value["best"] == open_run("mine").best.to_json()
    assert value["results"][1].verdict == "beats"
