"""Grid: every network once, all layers varied, in an order that the seed decides and that can be walked again."""

from itertools import islice
from math import prod

from nni.mutable import Categorical, ExpressionConstraint, Numerical
from nni.nas.execution import SequentialExecutionEngine
from nni.nas.nn.pytorch import ModelSpace
from nni.nas.space import RawFormatModelSpace, SimplifiedModelSpace

from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.recipes import load_space
from nni_autoattend.space.text import TextSpace
from nni_autoattend.strategy import grid as grid_module
from nni_autoattend.strategy.grid import Grid
from nni_autoattend.testing.toy_space import ToySpace
from nni_autoattend.testing.toy_trial import ToyTrial


def walk(strategy, space, trials=None, form=SimplifiedModelSpace):
    """Return what is submitted to NNI's own engine, which remembers no network."""
    trial, engine = ToyTrial(lambda sample: 0.5), SequentialExecutionEngine(trials)
    strategy(form.from_model(space, trial), engine)
    return trial.samples


def text_space(layers=8, **changes):
    tiny = {"genes.layers": layers, "search.width": 8, "search.heads": 2, **changes}
    return TextSpace.from_recipe(load_space("autoattend-text-small", tiny), TextDimensions(20, 6, 3))


def test_a_small_grid_is_walked_whole_each_sample_once():
    samples = walk(Grid(seed=1), ToySpace())
    assert len(samples) == 4 * 4 * 3 == len({tuple(sorted(sample.items())) for sample in samples})


def test_networks_are_told_by_what_the_space_knows():
    space = text_space(1, **{"genes.operations": ["zero", "identity", "conv1"]})
    keys = [space.canonical(sample) for sample in walk(Grid(seed=0), space)]
    assert len(set(keys)) == len(keys)
    attentions, additions = 2**3, 2 + 3  # one source; the two operands commute, and zero drops one of them
    assert len(keys) == attentions + additions
    assert prod(map(len, space.genes.labels().values())) == 96  # samples of those 13 networks


def test_the_first_thousand_points_vary_every_layer_where_nnis_are_eight_networks():
    space = text_space()
    ours = walk(Grid(seed=0), space, 1000, RawFormatModelSpace)
    nnis = [model.sample for model in islice(SimplifiedModelSpace.from_model(space).grid(granularity=1), 1000)]
    assert len({space.canonical(sample) for sample in ours}) == 1000
    assert len({space.canonical(sample) for sample in nnis}) == 8
    for label, values in space.genes.labels().items():
        assert {sample[label] for sample in ours} == set(values), label
        halves = [{sample[label] for sample in ours[start : start + 40]} for start in (0, 40)]
        assert all(len(half) > 1 for half in halves) or len(values) == 1


def test_the_seed_decides_the_order():
    first, again, other = (walk(Grid(seed=seed), ToySpace(), 10) for seed in (1, 1, 2))
    assert first == again != other


def test_a_walk_continues_from_its_state_with_the_next_network():
    whole = walk(Grid(seed=4), ToySpace(), 20)
    begun, going_on = Grid(seed=4), Grid(seed=4)
    first = walk(begun, ToySpace(), 7)
    going_on.load_state_dict(begun.state_dict())
    assert first + walk(going_on, ToySpace(), 13) == whole


class Constrained(ModelSpace):
    def __init__(self):
        super().__init__()
        a, b = (Categorical([0, 1, 2], label=label) for label in "ab")
        self.a, self.b = self.add_mutable(a), self.add_mutable(b)
        self.add_mutable(ExpressionConstraint(a + b <= 2, label="small"))


def test_points_that_break_a_constraint_are_left_out():
    samples = walk(Grid(), Constrained())
    assert len(samples) == 6 and all(sample["a"] + sample["b"] <= 2 for sample in samples)


class Numbers(ModelSpace):
    def __init__(self):
        super().__init__()
        self.rate = self.add_mutable(Numerical(0.0, 1.0, label="rate"))
        self.kind = self.add_mutable(Categorical(["x", "y"], label="kind"))


def test_numbers_are_refined_as_long_as_there_is_budget():
    samples = walk(Grid(), Numbers(), 30)
    assert len({(sample["rate"], sample["kind"]) for sample in samples}) == 30


class OneNetwork(Numbers):
    def canonical(self, sample):
        return "always the same"


def test_the_walk_ends_where_nothing_new_comes_any_more(monkeypatch):
    monkeypatch.setattr(grid_module, "PATIENCE", 50)
    assert len(walk(Grid(), OneNetwork())) == 1
