import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from nni_autoattend.cli.main import run
from nni_autoattend.experiment import flow
from nni_autoattend.experiment.candidates import save_best
from nni_autoattend.experiment.results import Results, save_results
from nni_autoattend.report.data import ResultRow

ROWS = (
    ResultRow("found", "found", 1234, 0.75, 0.5, 0.01, 2, 12.0),
    ResultRow("text-cnn", "baseline", 4321, 0.5, 0.25, 0.01, 2, 6.0, 0.25, 0.1, 0.4, "beats"),
)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class CarriedOut:
    """What reached the heavy part: nothing may before everything was checked."""

    settings: Any = None
    deadline: Any = None
    candidates: Any = ()
    times: int = 0


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run one command in this process; what it wrote and its exit code come back."""

    def call(*arguments: object) -> Answer:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


@pytest.fixture
def carried_out(monkeypatch: pytest.MonkeyPatch) -> CarriedOut:
    """Stand in for search and training: the folder gets a result at once."""
    carried = CarriedOut()

    def carry_out(folder: Any, settings: Any, splits: Any, deadline: Any, observer: Any, candidates: Any = ()) -> None:
        from nni_autoattend.strategy.candidates import Candidate

        carried.settings, carried.deadline, carried.candidates = settings, deadline, candidates
        carried.times += 1
        observer.start("supernet", 2)
        observer.advance(loss=1.0)
        print("a library prints while it works")
        genes = settings.space.genes
        save_best(folder, genes, Candidate(genes.random(Random(0)), 0.5), "a test")
        save_results(folder, Results("accuracy", ("0", "1"), {"name": "found", "seed": 0}, ROWS, ("a note",)))
        folder.finish()

    monkeypatch.setattr(flow, "carry_out", carry_out)
    return carried
