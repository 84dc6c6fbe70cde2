"""A toy run: a space of two layers, generated data, and a search that two given architectures come from."""

import csv
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.datasets.tasks import load_splits
from nni_autoattend.experiment.bench import Bench
from nni_autoattend.experiment.door import search
from nni_autoattend.experiment.entrants import entrants
from nni_autoattend.experiment.forecast import UNHEARD, Forecast, MemoryForecast, PhaseForecast
from nni_autoattend.experiment.forecast_budget import under_budget
from nni_autoattend.experiment.forecast_counts import comparing_counts, search_counts, training_counts
from nni_autoattend.experiment.run import Run
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.history import History
from nni_autoattend.journal import Journal

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
        self.calls += 1
        self.deadline = context.deadline
        for architecture, fitness in ((FIRST, 0.5), (SECOND, 0.4)):
            key = json.dumps(architecture.to_json())
            if context.journal.find("evaluation", key) is None:
                context.journal.record("evaluation", key, fitness=fitness, architecture=architecture.to_json())
        return self.candidates()

    @staticmethod
    def candidates() -> list[Any]:
        from nni_autoattend.strategy.candidates import Candidate

        return [Candidate(FIRST, 0.5), Candidate(SECOND, 0.4)]

    def installed(self, patch: pytest.MonkeyPatch) -> "Toy":
        """Put the search in its place, so that nni is not imported."""
        module = ModuleType("nni_autoattend.strategy.search")
        module.search_architectures = self.search_architectures  # type: ignore[attr-defined]
        patch.setattr("nni_autoattend.experiment.bootstrap.RESAMPLES", 100)
        patch.setitem(sys.modules, "nni_autoattend.strategy.search", module)
        patch.setattr("nni_autoattend.experiment.forecast_making.make_forecast", counted_forecast)
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


def counted_forecast(settings: RunSettings, splits: Any, data: Any, *, found: int | None, **_: Any) -> Forecast:
    """Stand in for a measured forecast: the counts are real, and every phase needs a second."""
    bench = Bench(RunFolder(Path()), settings, data)
    trainings = training_counts(entrants(bench, Toy.candidates()), settings, data)
    counted = [
        *(search_counts(settings, data) if found is None else ()),
        *comparing_counts(trainings, settings.space.modality),
    ]
    phases = [PhaseForecast(phase.name, phase.steps, phase.unit, 1.0) for phase in counted]
    phases += [PhaseForecast(row.name, row.steps, "steps", 1.0) for row in trainings]
    under = under_budget([*phases, PhaseForecast(UNHEARD, None, "", 1.0)], trainings, settings)
    return Forecast(under, MemoryForecast("supernet", 1, 2, 3, 4, 5), settings.budget, took=0.5, measured=3)


EXACT = ("model.safetensors", "model.json", "architectures.jsonl", "best.json")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    return Toy().installed(monkeypatch)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The toy run, finished in one go; tests only read it, or a copy."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    with pytest.MonkeyPatch.context() as patch:
        return Toy().installed(patch).search(folder)


@pytest.fixture(scope="session")
def uninterrupted(finished: Run) -> dict[str, Any]:
    """What a run that was killed and resumed must come to."""
    return Toy.comparable(finished.folder)


@pytest.fixture(scope="session")
def toy_class() -> type[Toy]:
    return Toy


@pytest.fixture(scope="session")
def toy_data() -> tuple[RunSettings, Any, Any]:
    """Settings, splits and encoded data of the toy."""
    from nni_autoattend.datasets.prepare import prepare

    settings = resolve_settings("autoattend-text-small", "autoattend", {"task": "listops"}, overrides=OVERRIDES)
    splits = load_splits(settings.data)
    return settings, splits, prepare(settings.data, splits, None)


@pytest.fixture(scope="session")
def communities() -> tuple[RunSettings, Any, Any]:
    """Settings, splits and prepared data of a small graph."""
    from nni_autoattend.datasets.by_modality import load_splits as load_any
    from nni_autoattend.datasets.by_modality import prepare

    settings = resolve_settings("autoattend-graph", "autoattend", {"task": "communities", "size": 100})
    splits = load_any(settings.data)
    return settings, splits, prepare(settings.data, splits, None)


@pytest.fixture
def bench(toy_data: tuple[RunSettings, Any, Any], tmp_path: Path) -> Bench:
    settings, splits, data = toy_data
    folder = RunFolder.create(tmp_path / "bench", settings, splits.fingerprint(), "a command")
    return Bench(folder, settings, data, Journal(folder.journal), History(folder.history))
