"""Finalists lose what they can do without: of all that do as well the smallest is first, and nothing is done twice."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import exp
from typing import Any

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture, AttentionLayer
from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.experiment.simplification import STAGE, simplify
from nni_autoattend.journal import Journal
from nni_autoattend.strategy.candidates import Candidate
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.training.loop import FitResult

pytestmark = pytest.mark.timeout(60)

BEST = Architecture((AttentionLayer(0, "gcn", "gat4", "linear"), AdditionLayer(0, "appnp", "sage")))
OTHER = Architecture((AdditionLayer(0, "gcn", "zero"), AdditionLayer(0, "gin", "zero")))
BARE = AdditionLayer(0, "identity", "zero")
CANDIDATES = [Candidate(BEST, exp(-0.5)), Candidate(OTHER, exp(-0.7))]


class Trainings:
    """Stands in for ``train_alone``; ``loss`` says what an architecture comes to, ``None``: it diverges."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, loss: Callable[[Architecture], float | None]) -> None:
        self.loss, self.done = loss, list[Architecture]()
        monkeypatch.setattr("nni_autoattend.strategy.stand_alone.train_alone", self)

    def __call__(self, architecture: Architecture, *surroundings: Any) -> FitResult:
        self.done.append(architecture)
        loss = self.loss(architecture)
        if loss is None:
            raise DivergedError("not finite")
        return FitResult(1, 0.5, loss, 1, 0, stopped_early=False, seconds=1.0, cpu_seconds=1.0)


def needs_appnp(architecture: Architecture) -> float:
    return 0.5 if any(edge.operation == "appnp" for edge in architecture.edges()) else 0.9


@pytest.fixture
def settings(communities: Any) -> RunSettings:
    settings: RunSettings = communities[0]
    search = replace(settings.strategy.search, best="loss", finalists=2, simplifications=30, tolerance=0.02)
    return replace(settings, strategy=replace(settings.strategy, search=search))


def with_search(settings: RunSettings, **values: Any) -> RunSettings:
    return replace(settings, strategy=replace(settings.strategy, search=replace(settings.strategy.search, **values)))


def run(
    settings: RunSettings, data: Any, candidates: Sequence[Candidate] = CANDIDATES, **surroundings: Any
) -> tuple[list[Architecture], SearchContext]:
    context = SearchContext(**surroundings)
    return [one.architecture for one in simplify(candidates, settings, data, context)], context


def test_what_is_needed_is_left(settings: RunSettings, communities: Any, monkeypatch: Any) -> None:
    Trainings(monkeypatch, needs_appnp)
    found, context = run(settings, communities[2])
    assert found[0].network_key() == Architecture((BARE, AdditionLayer(0, "appnp", "zero"))).network_key()
    assert found[-2:] == [BEST, OTHER]
    assert all(event["fitness"] > 0 for event in context.journal.of_stage(STAGE))


def test_the_smaller_one_comes_before_the_one_whose_place_it_took(
    settings: RunSettings, communities: Any, monkeypatch: Any
) -> None:
    Trainings(monkeypatch, needs_appnp)
    found, _ = run(settings, communities[2])
    edges = [len(list(architecture.edges())) for architecture in found[:-1]]
    assert edges == sorted(edges) and len(set(found)) == len(found)


def test_where_all_is_needed_nothing_changes(settings: RunSettings, communities: Any, monkeypatch: Any) -> None:
    trainings = Trainings(monkeypatch, lambda architecture: 0.9)
    assert run(settings, communities[2])[0] == [BEST, OTHER]
    assert 5 < len(trainings.done) == len(set(trainings.done))


@pytest.mark.parametrize(("lacks", "taken"), [(0.019, True), (0.022, False)])
def test_a_smaller_one_may_lack_the_tolerance_and_no_more(
    lacks: float, taken: bool, settings: RunSettings, communities: Any, monkeypatch: Any
) -> None:
    Trainings(monkeypatch, lambda architecture: 0.5 + lacks)
    found, _ = run(with_search(settings, simplifications=1), communities[2])
    assert (found[0] != BEST) == taken


def test_steps_do_not_add_up(settings: RunSettings, communities: Any, monkeypatch: Any) -> None:
    """Each step may lack the tolerance of the best that was seen, not of the step before."""
    losses = iter([0.515, 0.53, 0.53, 0.53, 0.53, 0.53])
    Trainings(monkeypatch, lambda architecture: next(losses, 0.53))
    assert len(run(settings, communities[2], CANDIDATES[:1])[0]) == 2


def test_a_walk_from_a_lesser_finalist_may_find_the_smallest(
    settings: RunSettings, communities: Any, monkeypatch: Any
) -> None:
    smallest = Architecture((BARE, AdditionLayer(1, "gin", "zero")))
    Trainings(monkeypatch, lambda architecture: 0.505 if architecture == smallest else 0.9)
    found, _ = run(settings, communities[2])
    assert found == [smallest, BEST, OTHER]


def test_of_equally_simple_networks_the_fittest_comes_first(
    settings: RunSettings, communities: Any, monkeypatch: Any
) -> None:
    two = Candidate(Architecture((BARE, AdditionLayer(1, "appnp", "sage"))), exp(-0.5))
    losses = {AdditionLayer(1, "appnp", "zero"): 0.5, AdditionLayer(1, "sage", "zero"): 0.49}
    trainings = Trainings(monkeypatch, lambda architecture: losses.get(architecture.layers[1], 0.9))
    found, _ = run(settings, communities[2], [two])
    assert [one.layers[1] for one in found[:2]] == sorted(losses, key=losses.__getitem__)
    assert found[2] == two.architecture and len(trainings.done) == 5


def test_walks_share_what_was_tried(settings: RunSettings, communities: Any, monkeypatch: Any) -> None:
    trainings = Trainings(monkeypatch, lambda architecture: 0.9)
    twin = Candidate(replace(BEST, layers=(BEST.layers[0], AdditionLayer(0, "appnp", "gcn"))), exp(-0.6))
    run(settings, communities[2], [CANDIDATES[0], twin])
    keys = [architecture.network_key() for architecture in trainings.done]
    assert len(keys) == len(set(keys)) > 10


def test_there_is_an_end_to_trainings(settings: RunSettings, communities: Any, monkeypatch: Any) -> None:
    trainings = Trainings(monkeypatch, lambda architecture: 0.9)
    run(with_search(settings, simplifications=3), communities[2])
    assert len(trainings.done) == 3


def test_what_the_journal_has_is_not_trained_again(
    settings: RunSettings, communities: Any, monkeypatch: Any, tmp_path: Any
) -> None:
    trainings = Trainings(monkeypatch, needs_appnp)
    first = run(settings, communities[2], journal=Journal(tmp_path / "journal.jsonl"))[0]
    before = len(trainings.done)
    assert run(settings, communities[2], journal=Journal(tmp_path / "journal.jsonl"))[0] == first
    assert len(trainings.done) == before > 0


def test_one_that_diverged_takes_no_place(settings: RunSettings, communities: Any, monkeypatch: Any) -> None:
    Trainings(monkeypatch, lambda architecture: None)
    assert run(settings, communities[2])[0] == [BEST, OTHER]


def test_without_time_nothing_is_tried(settings: RunSettings, communities: Any, monkeypatch: Any) -> None:
    trainings = Trainings(monkeypatch, needs_appnp)
    assert run(settings, communities[2], deadline=Deadline.after(0.0))[0] == [BEST, OTHER]
    assert not trainings.done


@pytest.mark.parametrize(("simplifications", "candidates"), [(0, CANDIDATES), (9, [])])
def test_nothing_is_tried_unless_asked_for(
    simplifications: int, candidates: list[Candidate], settings: RunSettings, communities: Any, monkeypatch: Any
) -> None:
    trainings = Trainings(monkeypatch, needs_appnp)
    few = with_search(settings, simplifications=simplifications)
    assert run(few, communities[2], candidates)[0] == [one.architecture for one in candidates]
    assert not trainings.done
