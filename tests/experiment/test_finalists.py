"""A supernet's fittest architectures are trained alone: the order changes, nothing is lost, nothing is done twice."""

from dataclasses import replace
from typing import Any

import pytest

from nni_autoattend.architecture import AdditionLayer, Architecture
from nni_autoattend.budget import Deadline
from nni_autoattend.errors import DivergedError
from nni_autoattend.experiment.entrants import draw
from nni_autoattend.experiment.finalists import STAGE, choose_finalists, rank_finalists
from nni_autoattend.experiment.run_settings import RunSettings
from nni_autoattend.journal import Journal
from nni_autoattend.strategy.candidates import Candidate
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.training.loop import FitResult

LOSSES = {0: 0.9, 1: 0.2, 2: 0.5}
"""What the finalists come to, by their place on the supernet."""


class Trainings:
    """Stands in for ``train_alone``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, losses: dict[int, float], cut: frozenset[int] = frozenset()):
        self.losses, self.cut, self.done = losses, cut, list[int]()
        self.settings: Any = None
        monkeypatch.setattr("nni_autoattend.strategy.stand_alone.train_alone", self)

    def __call__(self, architecture: Any, shape: Any, data: Any, training: Any, context: Any, name: str) -> FitResult:
        number = len(self.done)
        self.done.append(number)
        self.settings = shape, training
        if number not in self.losses:
            raise DivergedError("not finite")
        cut = number in self.cut
        return FitResult(1, 0.5, self.losses[number], 1, 0, stopped_early=cut, seconds=1.0, cpu_seconds=1.0)


@pytest.fixture
def settings(communities: Any) -> RunSettings:
    settings: RunSettings = communities[0]
    search = replace(settings.strategy.search, finalists=3)
    return replace(settings, strategy=replace(settings.strategy, search=search))


@pytest.fixture
def candidates(settings: RunSettings) -> list[Candidate]:
    drawn = draw(settings.space.genes, 4, seed=0)
    return [Candidate(architecture, 0.9 - 0.1 * number) for number, architecture in enumerate(drawn)]


def rank(
    candidates: list[Candidate], settings: RunSettings, data: Any, **surroundings: Any
) -> tuple[list[int], SearchContext]:
    """Return the new order, by the place on the supernet, and the context."""
    context = SearchContext(**surroundings)
    alone, others = rank_finalists(candidates, settings, data, context)
    ranked = alone + others
    places = [candidate.architecture for candidate in candidates]
    return [places.index(candidate.architecture) for candidate in ranked], context


def test_the_loss_alone_orders_them_and_the_others_follow(
    settings: RunSettings, candidates: Any, communities: Any, monkeypatch: Any
) -> None:
    trainings = Trainings(monkeypatch, LOSSES)
    order, _ = rank(candidates, settings, communities[2])
    assert order == [1, 2, 0]
    shape, training = trainings.settings
    assert training == settings.retrain.training() and shape.dropout == settings.retrain.shape["dropout"]


def test_what_the_journal_has_is_not_trained_again(
    settings: RunSettings, candidates: Any, communities: Any, monkeypatch: Any, tmp_path: Any
) -> None:
    trainings = Trainings(monkeypatch, LOSSES)
    first = rank(candidates, settings, communities[2], journal=Journal(tmp_path / "journal.jsonl"))[0]
    again = rank(candidates, settings, communities[2], journal=Journal(tmp_path / "journal.jsonl"))[0]
    assert first == again and trainings.done == [0, 1, 2]
    assert [event["loss"] for event in Journal(tmp_path / "journal.jsonl").of_stage(STAGE)] == [0.9, 0.2, 0.5]


def test_one_that_diverged_stands_behind(
    settings: RunSettings, candidates: Any, communities: Any, monkeypatch: Any
) -> None:
    Trainings(monkeypatch, {0: 0.9, 2: 0.5})
    assert rank(candidates, settings, communities[2])[0] == [2, 0, 1]


def test_one_that_was_cut_is_no_result(
    settings: RunSettings, candidates: Any, communities: Any, monkeypatch: Any
) -> None:
    Trainings(monkeypatch, LOSSES, cut=frozenset({1}))
    order, context = rank(candidates, settings, communities[2])
    assert order == [2, 0, 1] and len(context.journal.of_stage(STAGE)) == 2


def test_without_time_the_supernet_ranks_and_the_reader_is_told(
    settings: RunSettings, candidates: Any, communities: Any, monkeypatch: Any
) -> None:
    trainings = Trainings(monkeypatch, LOSSES)
    order, context = rank(candidates, settings, communities[2], deadline=Deadline.after(0.0))
    assert order == [0, 1, 2] and not trainings.done
    assert context.notes == ["the time was up when 0 of 3 finalists had come to a score; the supernet ranks the others"]


def test_one_that_the_deadline_cut_is_not_counted(
    settings: RunSettings, candidates: Any, communities: Any, monkeypatch: Any
) -> None:
    trainings = Trainings(monkeypatch, LOSSES, cut=frozenset({2}))
    deadline = Deadline(1.0, clock=lambda: float(len(trainings.done) == 3))
    order, context = rank(candidates, settings, communities[2], deadline=deadline)
    assert order == [1, 0, 2] and trainings.done == [0, 1, 2]
    assert context.notes == ["the time was up when 2 of 3 finalists had come to a score; the supernet ranks the others"]


def test_no_two_finalists_are_relatives_while_there_are_others() -> None:
    first, second = AdditionLayer(0, "gcn", "zero"), AdditionLayer(0, "sgc", "zero")
    last, other = AdditionLayer(1, "gat1", "zero"), AdditionLayer(1, "appnp", "zero")
    layers = [(first, last), (first, other), (second, last), (second, other)]
    candidates = [Candidate(Architecture(pair), 0.9 - 0.1 * number) for number, pair in enumerate(layers)]
    chosen = {count: [candidates.index(one) for one in choose_finalists(candidates, count)] for count in (1, 2, 3, 9)}
    assert chosen == {1: [0], 2: [0, 3], 3: [0, 3, 1], 9: [0, 3, 1, 2]}


def test_relatives_have_half_of_their_layers_in_common() -> None:
    def architecture(*operations: str) -> Architecture:
        return Architecture(tuple(AdditionLayer(0, operation, "zero") for operation in operations))

    parent = Candidate(architecture("gcn", "gcn", "gcn", "gcn"), 0.9)
    relative = Candidate(architecture("sgc", "sgc", "gcn", "gcn"), 0.8)
    stranger = Candidate(architecture("sgc", "sgc", "sgc", "gcn"), 0.7)
    assert choose_finalists([parent, relative, stranger], 2) == [parent, stranger]


def test_trials_are_trained_alone_already(
    settings: RunSettings, candidates: Any, communities: Any, monkeypatch: Any
) -> None:
    trainings = Trainings(monkeypatch, LOSSES)
    trials = replace(settings.strategy, kind="multi-trial", search=replace(settings.strategy.search, trials=3))
    settings = replace(settings, strategy=trials)
    assert rank_finalists(candidates, settings, communities[2], SearchContext()) == ([], candidates)
    assert not trainings.done
