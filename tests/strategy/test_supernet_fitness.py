"""SupernetFitness: every network is scored once, answers come from the journal, the deadline is asked."""

import pytest
from nni.mutable import Categorical, MutableDict

from nni_autoattend.budget import Deadline
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_fitness import STAGE, SupernetFitness


class Steps:
    """The fitness is the current path's value."""

    def __init__(self):
        self.calls, self.path = 0, None

    def fitness(self, loader):
        self.calls += 1
        return float(self.path)


class Module:
    def __init__(self, steps):
        self.steps = steps

    def resample(self, memo):
        self.steps.path = memo["x"]
        return memo


def make(**context):
    steps, space = Steps(), SampleSpace(MutableDict({"x": Categorical(range(9), label="x")}))
    return steps, SupernetFitness(steps, [Module(steps)], space, [], SearchContext(**context))


def test_the_path_is_set_and_scored_once_per_network():
    steps, fitness = make()
    assert [fitness({"x": value}) for value in (3, 5, 3)] == [3.0, 5.0, 3.0]
    assert steps.calls == 2
    assert fitness.best == 5.0
    assert [event["fitness"] for event in fitness.context.journal.of_stage(STAGE)] == [3.0, 5.0]


def test_after_the_deadline_only_the_first_and_the_known_are_answered():
    _, fitness = make(deadline=Deadline.after(0.0))
    assert fitness({"x": 4}) == 4.0
    assert fitness({"x": 6}) is None
    assert fitness({"x": 4}) == 4.0


def test_an_observer_hears_the_best_so_far():
    heard = []

    class Ear:
        def advance(self, steps=1, **figures):
            heard.append(figures["best"])

    _, fitness = make(observer=Ear())
    for value in (2, 7, 1):
        fitness({"x": value})
    assert heard == [2.0, 7.0, 7.0]
    assert fitness({"x": 7}) == pytest.approx(7.0)
