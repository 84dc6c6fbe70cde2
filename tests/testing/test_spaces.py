"""check_space: our spaces keep the contract, and every broken promise is told in one line."""

from itertools import count

import pytest
import torch
from nni.nas.nn.pytorch import LayerChoice, ModelSpace
from torch import nn

from nni_autoattend.datasets.batches import collate
from nni_autoattend.datasets.graph_batches import GraphInput
from nni_autoattend.datasets.graph_layout import GraphLayout
from nni_autoattend.dimensions import TextDimensions
from nni_autoattend.dimensions_graph import GraphDimensions
from nni_autoattend.recipes import load_space, names
from nni_autoattend.space.table import space_class
from nni_autoattend.testing import spaces
from nni_autoattend.testing.spaces import check_space
from nni_autoattend.testing.toy_space import ToySpace, toy_inputs

TEXT = collate([[torch.tensor([2, 3, 4])], [torch.tensor([5])]])
GRAPH = GraphInput(torch.eye(4), GraphLayout.of(torch.tensor([[0, 1], [1, 2]]), 4), torch.tensor([3, 0]))
DATA = {"text": (TextDimensions(20, 6, 3), TEXT), "graph": (GraphDimensions(4, 3, multi_label=False), GRAPH)}
TINY = {"genes.layers": 3, "search.width": 16, "search.heads": 2}


@pytest.mark.parametrize("name", names("search_spaces"))
def test_shipped_spaces_keep_the_contract(name):
    recipe = load_space(name, TINY)
    dimensions, inputs = DATA[recipe.modality]
    check_space(lambda: space_class(recipe).from_recipe(recipe, dimensions), inputs=(inputs,))


def test_a_space_of_layer_choices_keeps_it_too():
    check_space(ToySpace, inputs=toy_inputs())


class NoChoice(ModelSpace):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)


class Unnamed(ModelSpace, label_prefix="mine"):
    def __init__(self):
        super().__init__()
        self.layer = LayerChoice([nn.Linear(2, 2), nn.Identity()])


class Base(ModelSpace):
    """A space whose promises the classes below break one by one."""

    def __init__(self):
        super().__init__()
        self.first = LayerChoice({"linear": nn.Linear(2, 2), "none": nn.Identity()}, label="first")
        self.second = LayerChoice({"linear": nn.Linear(2, 3), "wide": nn.Linear(2, 3, bias=False)}, label="second")

    def forward(self, points):
        return self.second(self.first(points))


class ChangesTheSample(Base):
    def freeze(self, sample):
        sample["extra"] = 1
        return super().freeze({name: sample[name] for name in ("first", "second")})


class AcceptsAnything(Base):
    def contains(self, sample):
        return True


class ForgetsALayer(Base):
    def canonical(self, sample):
        return sample["first"]


class Unhashable(Base):
    def canonical(self, sample):
        return [sample["first"], sample["second"]]


class MutatesItsParent(Base):
    def mutate(self, sample, rate, rng):
        sample["first"] = "none"
        return sample


class MutatesByItself(Base):
    """Every other mutant is another one, whatever the generator says."""

    calls = count()

    def mutate(self, sample, rate, rng):
        return {**sample, "first": ["linear", "none"][next(self.calls) % 2]}


class LeavesTheSpace(Base):
    def mutate(self, sample, rate, rng):
        return {**sample, "first": "unknown"}


class AlwaysMutates(Base):
    def mutate(self, sample, rate, rng):
        return {**sample, "first": "none" if sample["first"] == "linear" else "linear"}


class ScalesItsSupernet(Base):
    """Its networks double what its supernet gives."""

    def freeze(self, sample):
        frozen = super().freeze(sample)
        frozen.second.weight.data *= 2
        return frozen


BROKEN = {
    NoChoice: "the space has no labels",
    Unnamed: r"labels may not contain '/': .*name them yourself",
    ChangesTheSample: r"freeze\(\) changes the sample",
    AcceptsAnything: r"contains\(\) accepts a sample without the label 'first'",
    ForgetsALayer: r"canonical\(\) calls two networks of other weights one: .*second",
    MutatesItsParent: r"mutate\(\) changes the sample",
    MutatesByItself: r"mutate\(\) gave two mutants for one seed",
    LeavesTheSpace: "a mutant is not of the space",
    AlwaysMutates: r"mutate\(\) with rate 0 changes the network",
    ScalesItsSupernet: "supernet path and frozen network differ",
}


@pytest.mark.parametrize("space", BROKEN)
def test_a_broken_promise_is_told_in_one_line(space):
    with pytest.raises(AssertionError, match=BROKEN[space]) as error:
        check_space(space, inputs=toy_inputs() if hasattr(space, "forward") else None, draws=8)
    assert "\n" not in str(error.value)


def test_a_key_that_cannot_be_hashed_is_no_key():
    with pytest.raises((AssertionError, TypeError), match="unhashable"):
        spaces.check_canonical(Unhashable)


def test_classes_that_nobody_can_import_are_told():
    class Hidden(Base):
        pass

    with pytest.raises(AssertionError, match=r"cannot be imported from .*: define it at its top"):
        spaces.check_importable(Hidden)
    outside = type("Mine", (Base,), {"__module__": "__main__"})
    with pytest.raises(AssertionError, match="Mine is defined in __main__: put it into a module"):
        spaces.check_importable(outside)
