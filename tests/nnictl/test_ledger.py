import json
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.errors import ArchitectureError
from nni_autoattend.experiment.candidates import read_candidates
from nni_autoattend.experiment.reporting import best_architecture
from nni_autoattend.experiment.run_folder import RunFolder
from nni_autoattend.experiment.run_settings import RunSettings, resolve_settings
from nni_autoattend.journal import Journal
from nni_autoattend.nnictl.ledger import MODEL_FILES, Ledger, score_of
from nni_autoattend.nnictl.parameters import BELOW_ALL, RETRAIN, SUPERNET, Order, by_rank

FIRST = Architecture((AdditionLayer(0, "conv1", "zero"), AttentionLayer(0, "conv1", "identity", "conv3")))
SECOND = Architecture((AdditionLayer(0, "identity", "maxpool3"), AdditionLayer(1, "conv3", "zero")))
SECOND_TOO = Architecture((AdditionLayer(0, "identity", "maxpool3"), AdditionLayer(0, "conv3", "zero")))
"""A zero drops its source: the network of ``SECOND``."""


@pytest.fixture(scope="module")
def settings() -> RunSettings:
    return resolve_settings("autoattend-text-small", "random", {"task": "listops"}, overrides={"space.genes.layers": 2})


@pytest.fixture
def ledger(settings: RunSettings, tmp_path: Path) -> Ledger:
    folder = RunFolder(tmp_path / "abc" / "run")
    folder.describe(settings, "print", "command")
    return Ledger(folder, settings)


def order(settings: RunSettings, architecture: Architecture, phase: str | None = None) -> Order:
    return Order(settings.space.genes.to_sample(architecture), phase, "random", "0")


def test_equal_networks_have_one_result(ledger: Ledger, settings: RunSettings) -> None:
    assert ledger.record(order(settings, SECOND), {"default": 0.5, "parameters": 3}, "job") == 0.5
    assert ledger.fitness(SECOND_TOO) == 0.5
    assert ledger.record(order(settings, SECOND_TOO), 0.9) == 0.5
    assert ledger.fitness(SECOND, RETRAIN) is None  # trained otherwise
    assert (ledger.finished, len(ledger.candidates())) == (1, 1)


def test_results_outlive_the_process_and_the_best_is_kept(ledger: Ledger, settings: RunSettings) -> None:
    for architecture, score in ((FIRST, 0.25), (SECOND, 0.5)):
        ledger.record(order(settings, architecture), score)
    again = Ledger(ledger.folder, settings)
    assert again.fitness(FIRST) == 0.25
    assert best_architecture(ledger.folder) == SECOND
    assert [item.architecture for item in read_candidates(ledger.folder)] == [SECOND, FIRST]
    again.record(order(settings, FIRST, RETRAIN), 0.1)
    assert best_architecture(ledger.folder) == FIRST  # retrained ones are judged among themselves


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), None, "0.5", True, {"accuracy": 0.5}, {"default": "x"}, []]
)
def test_what_is_no_score_is_no_result(value: Any, ledger: Ledger, settings: RunSettings) -> None:
    assert score_of(value) is None
    assert ledger.record(order(settings, FIRST), value) is None
    assert ledger.finished == 0


def test_genes_of_another_space_are_refused(ledger: Ledger) -> None:
    with pytest.raises(ArchitectureError):
        ledger.record(Order({"layer01_kind": "addition"}), 0.5)


def test_the_best_trials_model_becomes_the_experiments(ledger: Ledger, settings: RunSettings) -> None:
    for number, (architecture, score) in enumerate(((FIRST, 0.5), (SECOND, 0.25))):
        trial = ledger.folder.path.parent / "environments" / "local-env" / "trials" / f"job{number}"
        trial.mkdir(parents=True)
        for name in MODEL_FILES:
            (trial / name).write_text(f"{name} of {number}")
        ledger.record(order(settings, architecture), score, f"job{number}")
    assert [(ledger.folder.path / name).read_text() for name in MODEL_FILES] == [f"{name} of 0" for name in MODEL_FILES]


def test_a_model_on_another_machine_stays_there(ledger: Ledger, settings: RunSettings) -> None:
    ledger.record(order(settings, FIRST), 0.5, "far-away")
    assert not any((ledger.folder.path / name).exists() for name in MODEL_FILES)


def test_the_names_of_a_model_are_those_of_its_module() -> None:
    from nni_autoattend.network.model_files import DESCRIPTION_FILE, WEIGHTS_FILE

    assert (WEIGHTS_FILE, DESCRIPTION_FILE) == MODEL_FILES


def found(*architectures: Architecture) -> dict[str, Any]:
    items = [{"fitness": 0.5 - rank / 8, "architecture": item.to_json()} for rank, item in enumerate(architectures)]
    return json.loads(json.dumps({"default": BELOW_ALL, "fitness": 0.5, "found": by_rank(items)}))  # type: ignore[no-any-return]


def test_what_a_supernet_found_is_remembered(ledger: Ledger, settings: RunSettings) -> None:
    assert ledger.found == []
    assert ledger.record(Order({}, SUPERNET), found(FIRST, SECOND), "job") == BELOW_ALL
    assert [item.architecture for item in Ledger(ledger.folder, settings).found] == [FIRST, SECOND]
    assert best_architecture(ledger.folder) == FIRST
    assert ledger.candidates() == [] and ledger.finished == 1


def test_what_the_supernets_process_noted_goes_into_the_report(ledger: Ledger) -> None:
    search = ledger.folder.path / SUPERNET
    (search / "checkpoints").mkdir(parents=True)
    (search / "checkpoints" / "supernet.pt").write_text("large")
    (search / "history.csv").write_text("phase,epoch\nsupernet,0\n")
    own = Journal(search / "journal.jsonl")
    own.record("evaluation", "a", fitness=0.5)
    own.record("something", "b")
    ledger.record(Order({}, SUPERNET), found(FIRST))
    events = Journal(ledger.folder.journal).events
    assert [(event["stage"], event["key"]) for event in events] == [("evaluation", "a"), (SUPERNET, SUPERNET)]
    assert ledger.folder.history.read_text() == "phase,epoch\nsupernet,0\n"
    assert not (search / "checkpoints").exists()
