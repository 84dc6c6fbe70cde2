"""A toy run: a space of two layers, generated data, and a search that two given architectures come from."""

import csv
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.experiment.door import search
from nni_autoattend.experiment.run import Run

FIRST = Architecture((AdditionLayer(0, "conv1", "zero"), AttentionLayer(0, "conv1", "identity", "conv3")))
SECOND = Architecture((AdditionLayer(0, "identity", "maxpool3"), AdditionLayer(1, "conv3", "zero")))

OVERRIDES: dict[str, Any] = {
    "space.genes.layers": 2,
    "space.search.width": 8,
    "space.search.heads": 2,
    "data.size": 100,
    "data.embedding_width": 8,
    "retrain.epochs": 2,
    "retrain.batch_size": 50,
    "retrain.lr": 0.01,
    "retrain.seeds": 2,
    "retrain.top_k": 2,
    "retrain.baselines": ["text-cnn", "random-architecture"],
}


class Toy:
    """Runs the toy; ``calls`` counts its searches, which stand in for ``nni_autoattend.strategy.search``."""

    first, second = FIRST, SECOND

    def __init__(self) -> None:
        self.calls = 0
        self.deadline: Any = None

    def search(self, folder: Path | None = None, *, resume: bool = False, observer: Any = None, **changes: Any) -> Run:
        """Search; ``changes`` are ``budget``, ``seed``, ``data``, ``threads`` or overrides, ``__`` for the dot."""
        direct = {key: changes.pop(key) for key in ("budget", "seed", "data", "threads") if key in changes}
        overrides = {**OVERRIDES, **{key.replace("__", "."): value for key, value in changes.items()}}
        return search(
            "autoattend-text-small",
            "autoattend",
            run_dir=folder,
            resume=resume,
            overrides=overrides,
            observer=observer,
            **{"data": {"task": "listops"}, "threads": 1, **direct},
        )

    def search_architectures(self, space: Any, strategy: Any, data: Any, context: Any) -> list[Any]:
        from nni_autoattend.strategy.candidates import Candidate

        self.calls += 1
        self.deadline = context.deadline
        for architecture, fitness in ((FIRST, 0.5), (SECOND, 0.4)):
            key = json.dumps(architecture.to_json())
            if context.journal.find("evaluation", key) is None:
                context.journal.record("evaluation", key, fitness=fitness, architecture=architecture.to_json())
        return [Candidate(FIRST, 0.5), Candidate(SECOND, 0.4)]

    def installed(self, patch: pytest.MonkeyPatch) -> "Toy":
        """Put the search in its place, so that nni is not imported."""
        module = ModuleType("nni_autoattend.strategy.search")
        module.search_architectures = self.search_architectures  # type: ignore[attr-defined]
        patch.setattr("nni_autoattend.experiment.bootstrap.RESAMPLES", 100)
        patch.setitem(sys.modules, "nni_autoattend.strategy.search", module)
        return self

    @staticmethod
    def comparable(folder: Path) -> dict[str, Any]:
        """Return everything of a run that must not depend on kills: all but times."""
        results = json.loads((folder / "results.json").read_text())
        for row in results["rows"]:
            row.pop("cpu_seconds")
        journal = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
        times = ("seconds", "cpu_seconds", "resumed")
        with (folder / "history.csv").open(newline="") as handle:
            history = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(handle)]
        files = [*folder.glob("predictions/*.json"), *(folder / name for name in EXACT)]
        return {
            "results": results,
            "journal": [{key: value for key, value in event.items() if key not in times} for event in journal],
            "history": history,
            "files": {path.name: path.read_bytes() for path in files},
        }


EXACT = ("model.safetensors", "model.json", "architectures.jsonl", "best.json")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    return Toy().installed(monkeypatch)


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The toy run that was never killed, as ``comparable`` tells it."""
    folder = tmp_path_factory.mktemp("uninterrupted") / "run"
    with pytest.MonkeyPatch.context() as patch:
        Toy().installed(patch).search(folder)
    return Toy.comparable(folder)
