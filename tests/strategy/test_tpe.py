"""TPE: seeded, maximising, on any space, stopping by itself."""

import pytest
from nni.mutable import Categorical, CategoricalMultiple, ExpressionConstraint, Numerical
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import SimplifiedModelSpace

from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.errors import RecipeError
from nni_autoattend.recipes import load_space
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy.engine import InProcessEngine
from nni_autoattend.strategy.table import make_strategy
from nni_autoattend.testing.toy_trial import ToyTrial, late_values


@pytest.fixture
def space():
    tiny = {"genes.layers": 3, "search.width": 8, "search.heads": 2}
    return TextSpace.from_recipe(load_space("autoattend-text-small", tiny), TextDimensions(20, 6, 3))


def run(space, fitness, trials=20, **arguments):
    trial, engine = ToyTrial(fitness), InProcessEngine(trials)
    make_strategy("tpe", **{"seed": 1, **arguments})(SimplifiedModelSpace.from_model(space, trial), engine)
    return trial.samples


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def test_it_climbs_towards_larger_values(space):
    fitness = late_values(space)
    ends = [run(space, fitness, trials=60, seed=seed)[-20:] for seed in (1, 2)]
    assert mean(fitness(sample) for end in ends for sample in end) > 0.57  # uniform samples: 0.50, give or take 0.01


def test_same_seed_same_samples(space):
    fitness = late_values(space)
    assert run(space, fitness) == run(space, fitness) != run(space, fitness, seed=2)


class Odd(ModelSpace):
    """Several choices at once, and a constraint that refuses a third of the samples."""

    def __init__(self):
        super().__init__()
        a, b = (Categorical([0, 1, 2], label=label) for label in "ab")
        self.a, self.b = self.add_mutable(a), self.add_mutable(b)
        self.several = self.add_mutable(CategoricalMultiple(["x", "y"], label="several"))
        self.add_mutable(ExpressionConstraint(a + b <= 2, label="small"))


def test_any_space_of_choices():
    samples = run(Odd(), lambda sample: sample["a"], trials=12)
    assert len(samples) == 12
    assert all(sample["a"] + sample["b"] <= 2 for sample in samples)


class Numbers(ModelSpace):
    def __init__(self):
        super().__init__()
        self.rate = self.add_mutable(Numerical(0.0, 1.0, label="rate"))


def test_a_number_is_refused_in_one_line():
    with pytest.raises(RecipeError, match="searches choices only, and label 'rate'"):
        run(Numbers(), lambda sample: sample["rate"])


def test_no_network_is_proposed_twice(space):
    samples = run(space, late_values(space), trials=40)
    assert len({space.canonical(sample) for sample in samples}) == 40


class Small(ModelSpace):
    def __init__(self):
        super().__init__()
        self.a = self.add_mutable(Categorical(range(5), label="a"))


def test_it_ends_where_nothing_is_left():
    assert sorted(sample["a"] for sample in run(Small(), lambda sample: sample["a"])) == [0, 1, 2, 3, 4]


def test_bad_arguments_are_told_in_one_line():
    with pytest.raises(RecipeError, match="startup_trials"):
        make_strategy("tpe", startup_trials=0)
    with pytest.raises(RecipeError, match="calls all of 2 startup_trials good"):
        make_strategy("tpe", startup_trials=2)
