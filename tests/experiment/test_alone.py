"""An architecture trained alone within a search: judged as in retraining, kept in the journal, no file left."""

import json
from dataclasses import replace
from math import exp, sqrt
from pathlib import Path
from typing import Any

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture
from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.alone import fitness_alone
from nni_autoattend.experiment.retrained_shape import retrained_shape
from nni_autoattend.journal import Journal
from nni_autoattend.network.graph import GraphNetwork
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.training.loop import FitResult

pytestmark = pytest.mark.timeout(60)

ARCHITECTURE = Architecture((AdditionLayer(0, "identity", "zero"), AdditionLayer(1, "appnp", "zero")))


def result(loss: float = 0.5, stopped_early: bool = False) -> FitResult:
    return FitResult(1, 0.75, loss, 1, 0, stopped_early=stopped_early, seconds=1.0, cpu_seconds=1.0)


class Fits:
    """Stands in for ``fit``: what it was given, and what it comes to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, outcome: FitResult | Exception) -> None:
        self.outcome, self.calls = outcome, list[dict[str, Any]]()
        monkeypatch.setattr("nni_autoattend.strategy.stand_alone.fit", self)

    def __call__(self, network: Any, train: Any, selection: Any, *rest: Any, **surroundings: Any) -> FitResult:
        self.calls.append({"network": network, "judged": selection.dataset, "training": rest[2], **surroundings})
        if surroundings["checkpoint"] is not None:
            surroundings["checkpoint"].touch()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def run(communities: Any, context: SearchContext) -> float | None:
    settings, _, data = communities
    return fitness_alone(ARCHITECTURE, "stage", {"more": 1}, settings, data, context)


def test_it_is_trained_as_retraining_does_and_judged_on_the_search_half(communities: Any, monkeypatch: Any) -> None:
    settings, _, data = communities
    fits = Fits(monkeypatch, result())
    assert run(communities, SearchContext()) == pytest.approx(sqrt(0.75 * exp(-0.5)))
    (call,) = fits.calls
    assert call["judged"] is data.search and call["training"] == settings.retrain.training()
    assert isinstance(call["network"], GraphNetwork)
    assert call["network"].shape == retrained_shape(settings.space.search, settings.retrain)


def test_the_search_says_what_is_the_fittest(communities: Any, monkeypatch: Any) -> None:
    settings, _, _ = communities
    assert (settings.strategy.search.best, settings.retrain.best) == ("both", "both")
    strategy = replace(settings.strategy, search=replace(settings.strategy.search, best="score"))
    Fits(monkeypatch, result())
    assert run((replace(settings, strategy=strategy), *communities[1:]), SearchContext()) == 0.75


def test_the_journal_has_all_of_it_and_nothing_is_trained_twice(
    communities: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    fits = Fits(monkeypatch, result())
    journal = tmp_path / "journal.jsonl"
    values = [run(communities, SearchContext(journal=Journal(journal))) for _ in range(2)]
    assert len(fits.calls) == 1 and values[0] == values[1]
    (event,) = Journal(journal).of_stage("stage")
    assert (event["more"], event["score"], event["loss"]) == (1, 0.75, 0.5)
    assert Architecture.from_json(event["architecture"]) == ARCHITECTURE
    assert event["key"] == json.dumps(ARCHITECTURE.network_key())


def test_one_that_diverged_is_remembered(communities: Any, monkeypatch: Any, tmp_path: Path) -> None:
    fits = Fits(monkeypatch, DivergedError("no finite loss"))
    context = SearchContext(journal=Journal(tmp_path / "journal.jsonl"))
    assert run(communities, context) is None and run(communities, context) is None
    assert len(fits.calls) == 1 and context.journal.of_stage("stage")[0]["failed"] == "no finite loss"


def test_one_that_was_cut_is_begun_again(communities: Any, monkeypatch: Any) -> None:
    fits, context = Fits(monkeypatch, result(stopped_early=True)), SearchContext()
    assert run(communities, context) is None and run(communities, context) is None
    assert len(fits.calls) == 2 and not context.journal.events


@pytest.mark.parametrize("outcome", [result(), DivergedError("no finite loss")])
def test_no_checkpoint_is_left(outcome: Any, communities: Any, monkeypatch: Any, tmp_path: Path) -> None:
    fits = Fits(monkeypatch, outcome)
    (tmp_path / "checkpoints").mkdir()
    run(communities, SearchContext(folder=tmp_path))
    assert fits.calls[0]["checkpoint"] == tmp_path / "checkpoints" / "stage-0.pt"
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_it_begins_with_the_weights_of_its_seed(communities: Any, monkeypatch: Any) -> None:
    """What was trained before it changes nothing."""
    fits = Fits(monkeypatch, result())
    for _ in range(2):
        run(communities, SearchContext(seed=7))
    first, second = (list(call["network"].parameters()) for call in fits.calls)
    assert all((one == other).all() for one, other in zip(first, second, strict=True))
