"""SupernetFitness: every network is scored once, answers come from the journal, the deadline is asked."""

from nni.mutable import Categorical, MutableDict

from nni_autoattend.budget import Deadline
from nni_autoattend.strategy.context import SearchContext
from nni_autoattend.strategy.sample_space import SampleSpace
from nni_autoattend.strategy.supernet_fitness import STAGE, SupernetFitness
from nni_autoattend.training.team import Team


class Steps:
    """The fitness is the sample's value."""

    team = Team()

    def __init__(self):
        self.calls = 0

    def fitnesses(self, loader, samples):
        for sample in samples:
            self.calls += 1
            yield float(sample["x"])


def make(**context):
    steps, space = Steps(), SampleSpace(MutableDict({"x": Categorical(range(9), label="x")}))
    return steps, SupernetFitness(steps, space, [], SearchContext(**context))


def test_the_path_is_set_and_scored_once_per_network():
    steps, fitness = make()
    assert list(fitness([{"x": value} for value in (3, 5)])) == [3.0, 5.0]
    assert list(fitness([{"x": value} for value in (3, 4, 5)])) == [3.0, 4.0, 5.0]
    assert steps.calls == 3
    assert fitness.best == 5.0
    assert [event["fitness"] for event in fitness.context.journal.of_stage(STAGE)] == [3.0, 5.0, 4.0]


def test_after_the_deadline_only_the_first_and_the_known_are_answered():
    _, fitness = make(deadline=Deadline.after(0.0))
    assert list(fitness([{"x": 4}, {"x": 6}])) == [4.0]
    assert list(fitness([{"x": 4}])) == [4.0]


def test_an_observer_hears_the_best_so_far():
    heard = []

    class Ear:
        def advance(self, steps=1, **figures):
            heard.append(figures["best"])

    _, fitness = make(observer=Ear())
    assert list(fitness([{"x": value} for value in (2, 7, 1)])) == [2.0, 7.0, 1.0]
    assert heard == [2.0, 7.0, 7.0]
